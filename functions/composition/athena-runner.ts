/** Athena over the table in Glue, where the stack has a workgroup. */
import { readCatalogSetting } from '../../shared/config/environment.js'
import type { AthenaRunner } from '../../shared/engine/choosing-engine.js'

/** Null where `TAILRACE_WORKGROUP` is not set or the table is not in Glue. @throws EnvironmentInvalid */
export function athenaRunner(region: string): AthenaRunner | null {
  const glue = readCatalogSetting(process.env)
  const { TAILRACE_WORKGROUP: workgroup = '' } = process.env
  if (glue === null || workgroup === '') return null
  return async (...query) => {
    const { runnerIn } = await import('./run-in-athena.js')
    return runnerIn(region, { workgroup, ...glue })(...query)
  }
}
