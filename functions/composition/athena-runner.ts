/** Athena over the table in Glue, where the stack has a workgroup. */
import { readCatalogSetting } from '../../shared/config/environment.js'
import type { AthenaRunner } from '../../shared/engine/choosing-engine.js'

/** Null where `TAILRACE_WORKGROUP` is not set or the table is not in Glue. @throws EnvironmentInvalid */
export function athenaRunner(region: string): AthenaRunner | null {
  const glue = readCatalogSetting(process.env)
  const { TAILRACE_WORKGROUP: workgroup = '' } = process.env
  if (glue === null || workgroup === '') return null
  let runner: Promise<AthenaRunner> | undefined
  return async (...query) => {
    runner ??= import('./run-in-athena.js').then(({ runnerIn }) => runnerIn(region, { workgroup, ...glue }))
    return (await runner)(...query)
  }
}
