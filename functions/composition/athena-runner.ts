/** Athena over the table in Glue, where the stack has a workgroup. */
import { setTimeout as sleep } from 'node:timers/promises'
import { AthenaClient } from '@aws-sdk/client-athena'
import { readCatalogSetting } from '../../shared/config/environment.js'
import { runInAthena } from '../../shared/engine/athena.js'
import type { AthenaRunner } from '../../shared/engine/choosing-engine.js'

/** Null where `TAILRACE_WORKGROUP` is not set or the table is not in Glue. @throws EnvironmentInvalid */
export function athenaRunner(region: string): AthenaRunner | null {
  const glue = readCatalogSetting(process.env)
  const { TAILRACE_WORKGROUP: workgroup = '' } = process.env
  if (glue === null || workgroup === '') return null
  const client = new AthenaClient({ region })
  const wait = (ms: number, signal?: AbortSignal) => sleep(ms, undefined, signal === undefined ? {} : { signal })
  const options = { client, workgroup, ...glue, sleep: wait }
  return (plan, snapshotId, signal) => runInAthena(plan, { snapshotId }, options, signal)
}
