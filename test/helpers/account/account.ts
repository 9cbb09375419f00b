/**
 * An account of 200 log groups as a company has them, behind the stub of CloudWatch Logs: a rule's groups and others,
 * groups whose places are taken, of other classes, protected, tagged; ours; and one group with a day of events that an
 * export task writes. Tasks take as long as `taskMs`.
 */
import type { ObjectStore } from '../../../shared/store/object-store.js'
import { type ExportedLine, putExport } from '../export-files.js'
import { type StubExports, stubExports } from '../logs-server/exports.js'
import { type LogsServer, startLogsServer } from '../logs-server/server.js'

export const day = 86_400_000
export const orders = '/ecs/orders'

export interface Account {
  readonly server: LogsServer
  readonly tasks: StubExports
  /** When the oldest groups were made: a midnight, 90 days ago or before noon 91. */
  readonly began: number
  /** What CloudWatch Logs holds of `/ecs/orders`, by stream. */
  readonly events: Readonly<Record<string, readonly ExportedLine[]>>
  close(): Promise<void>
}

export interface AccountOptions {
  /** The bucket that exports are written to, and its name. */
  readonly bucket: string
  readonly store: Pick<ObjectStore, 'put'>
  /** Of the functions whose groups are in the account. */
  readonly stack: string
  readonly taskMs: number
  readonly port?: number
}

export async function startAccount({ bucket, store, stack, taskMs, port = 0 }: AccountOptions): Promise<Account> {
  // A day can be exported from noon of the next one on.
  const began = Math.floor((Date.now() - day / 2) / day) * day - 90 * day
  const tasks = stubExports(bucket)
  const server = await startLogsServer({ now: () => began, families: [tasks.family], port })
  const events = ordersOf(began + 88 * day)
  tasks.streams.set(
    orders,
    Object.keys(events).map(logStreamName => ({ logStreamName })),
  )
  fill(server, stack, began + 88 * day)
  let active: Promise<void> | undefined
  const service = setInterval(() => {
    const task = tasks.tasks.find(({ status }) => status === 'PENDING')
    if (task === undefined || active !== undefined) return
    active = (async () => {
      task.status = 'RUNNING'
      await new Promise(resolve => setTimeout(resolve, taskMs))
      const held = Object.entries(task.logGroupName === orders ? events : {}).map(([stream, lines]) => {
        const asked = lines.filter(({ timestamp }) => timestamp >= task.from && timestamp <= task.to)
        return [stream, [asked]] as const
      })
      const files = Object.fromEntries(held.filter(([, [lines]]) => lines.length > 0))
      await putExport(store, `${task.destinationPrefix}/${task.taskId}/`, files)
      if (task.status === 'RUNNING') task.status = 'COMPLETED'
    })().finally(() => {
      active = undefined
    })
  }, 10)
  return {
    server,
    tasks,
    began,
    events,
    async close() {
      clearInterval(service)
      await active
      await server.close()
    },
  }
}

/** Two days of orders in two streams, with a stack trace and lines that are the same. */
function ordersOf(first: number): Readonly<Record<string, readonly ExportedLine[]>> {
  const lines = (stream: number) =>
    Array.from({ length: 40 }, (_, index) => ({
      timestamp: first + index * (day / 20) + stream,
      message:
        index % 10 === 9
          ? `ERROR order ${index} failed\n  at pay (/app/pay.js:10:3)\n  at post (/app/order.js:7:1)`
          : `{"level":"info","order":${index % 3},"status":"paid"}`,
    }))
  return { 'web/app/0': lines(0), 'web/app/1': lines(1) }
}

function fill({ world }: LogsServer, stack: string, later: number): void {
  const name = (prefix: string, at: number) => `${prefix}${String(at).padStart(3, '0')}`
  for (let at = 0; at < 110; at++) world.addGroup(name('/aws/lambda/shop-', at), { storedBytes: at * 1e9 })
  for (let at = 0; at < 60; at++) {
    world.addGroup(name('/ecs/service-', at), { tags: { stage: at % 2 === 0 ? 'prod' : 'test' }, storedBytes: 2e9 })
  }
  for (let at = 0; at < 10; at++) {
    world.addGroup(name('/aws/rds/instance-', at), { retentionInDays: at === 0 ? 7 : 400, storedBytes: 5e9 })
  }
  const theirs = [{ filterName: 'to-splunk' }, { filterName: 'to-siem' }]
  for (let at = 0; at < 3; at++) world.addGroup(name('/ecs/crowded-', at), { filters: theirs })
  world.addGroup('/ecs/shared', { filters: [{ filterName: 'to-siem' }] })
  world.addGroup('/ecs/rare', { logGroupClass: 'INFREQUENT_ACCESS' })
  world.addGroup('/ecs/delivery', { logGroupClass: 'DELIVERY' })
  world.addGroup('/ecs/protected', { deletionProtectionEnabled: true })
  world.addGroup('/ecs/audit', { tags: { 'tailrace:keep-retention': 'legal' }, storedBytes: 9e9 })
  world.addGroup(orders, { creationTime: later, storedBytes: 3e9 })
  for (const own of ['ingest', 'commit', 'compact', 'subscribe', 'retain', 'export', 'replay', 'query']) {
    world.addGroup(`/aws/lambda/${stack}-${own}`)
  }
  for (let at = world.groups.size; at < 200; at++) world.addGroup(name('/custom/', at))
}
