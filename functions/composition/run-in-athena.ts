/** A module of its own, to be loaded for queries that Athena answers: all others wait for what is loaded first. */
import { setTimeout as sleep } from 'node:timers/promises'
import { AthenaClient } from '@aws-sdk/client-athena'
import { type AthenaOptions, runInAthena } from '../../shared/engine/athena.js'
import type { AthenaRunner } from '../../shared/engine/choosing-engine.js'

type Place = Omit<AthenaOptions, 'client' | 'sleep'>

export function runnerIn(region: string, place: Place): AthenaRunner {
  const client = new AthenaClient({ region })
  const wait = (ms: number, signal?: AbortSignal) => sleep(ms, undefined, signal === undefined ? {} : { signal })
  const options = { client, ...place, sleep: wait }
  return (plan, source, signal) => runInAthena(plan, source, options, signal)
}
