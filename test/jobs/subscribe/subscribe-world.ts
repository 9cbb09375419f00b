import type { SubscriptionSettings } from '../../../shared/config/pipeline.js'
import { type BackfillNote, readBackfillNotes } from '../../../shared/jobs/subscribe/backfill-notes.js'
import { subscribeOperations } from '../../../shared/jobs/subscribe/logs-operations.js'
import { planSubscribe, planUnsubscribe } from '../../../shared/jobs/subscribe/plan-subscribe.js'
import { runSubscribe, type SubscribeDeps } from '../../../shared/jobs/subscribe/run-subscribe.js'
import { readSubscribeState } from '../../../shared/jobs/subscribe/subscribe-state.js'
import { memoryStore } from '../../../shared/store/memory.js'
import { clientOn, impatientCaller } from '../../helpers/logs-server/client.js'
import { type LogsServer, type LogsServerOptions, startLogsServer } from '../../helpers/logs-server/server.js'

export const stack = 'tailrace-dev'
export const ourName = 'tailrace-tailrace-dev'
export const ingestArn = 'arn:aws:lambda:us-east-1:123456789012:function:tailrace-dev-ingest'
export const start = Date.UTC(2026, 0, 15)
export const hour = 3_600_000

export const everything: SubscriptionSettings = {
  by: 'filter',
  destination: 'stack',
  formerly: [],
  dataPath: [],
  groups: [{ match: ['*'], exclude: [], tags: {}, classes: null, pattern: '' }],
}

/** Settings with one rule. */
export function selecting(
  match: string,
  rule: Partial<SubscriptionSettings['groups'][number]> = {},
): SubscriptionSettings {
  return { ...everything, groups: [{ match: [match], exclude: [], tags: {}, classes: null, pattern: '', ...rule }] }
}

/** An account behind the stub, a bucket, and a clock that the test moves. */
export async function subscribeWorld(options: LogsServerOptions = {}) {
  let time = start
  const server: LogsServer = await startLogsServer({ now: () => time, ...options })
  const store = memoryStore()
  const { call } = impatientCaller(clientOn(server.url))
  let runs = 0
  const world = {
    server,
    store,
    groups: server.world,
    settings: everything,
    stack,
    destination: { arn: ingestArn, roleArn: null as string | null },
    isSampled: (_: string) => false,
    advance: (ms: number) => {
      time += ms
    },
    now: () => time,
    deps(): SubscribeDeps {
      const { settings, destination, isSampled } = world
      return {
        logs: subscribeOperations(call),
        store,
        stack: world.stack,
        settings,
        destination,
        isSampled,
        now: () => time,
      }
    },
    run: (signal?: AbortSignal) =>
      runSubscribe(world.deps(), { runId: `run-${++runs}`, ...(signal === undefined ? {} : { signal }) }),
    async plan() {
      const { state } = await readSubscribeState(store)
      return planSubscribe({ ...world.deps(), state, callsOnGroups: 3_000 })
    },
    async planRemoval() {
      const { state } = await readSubscribeState(store)
      return planUnsubscribe({ ...world.deps(), state, callsOnGroups: 3_000 })
    },
    /** Filters of every group: `/group: name → destination`. */
    filters: () =>
      [...server.world.groups.values()].flatMap(group =>
        [...group.filters.values()].map(filter => `${group.name} ${filter.filterName}`),
      ),
    async notes(): Promise<BackfillNote[]> {
      const notes: BackfillNote[] = []
      for await (const stored of readBackfillNotes(store)) notes.push(...stored.notes)
      return notes
    },
  }
  return world
}

export type SubscribeWorld = Awaited<ReturnType<typeof subscribeWorld>>
