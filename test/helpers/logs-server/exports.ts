/**
 * Export tasks: one active task an account, with the texts that are recorded. What a task writes is what CreateExportTask
 * is known to write (`test/helpers/export-files.ts`); `advance` is the service going on.
 */
import { randomUUID } from 'node:crypto'
import { ApiError, invalid, limitExceeded } from './api-error.js'
import { pageOf } from './checks.js'
import type { Operations } from './server.js'
import type { LogsWorld } from './world.js'

export interface StubTask {
  readonly taskId: string
  readonly taskName: string | undefined
  readonly logGroupName: string
  readonly from: number
  readonly to: number
  readonly destination: string
  readonly destinationPrefix: string
  status: string
  message: string | undefined
}

export interface StubExports {
  readonly tasks: StubTask[]
  readonly buckets: Set<string>
  /** Streams by group. */
  readonly streams: Map<string, readonly object[]>
  readonly family: (world: LogsWorld) => Operations
  /** Ends the active task. */
  finish(status: 'COMPLETED' | 'FAILED' | 'CANCELLED', message?: string): StubTask
  /** A task of somebody else's. */
  addForeign(): StubTask
}

export function stubExports(...buckets: readonly string[]): StubExports {
  const tasks: StubTask[] = []
  const isActive = ({ status }: StubTask) => status === 'PENDING' || status === 'RUNNING'
  const add = (task: Omit<StubTask, 'taskId' | 'status' | 'message'>): StubTask => {
    tasks.push({ ...task, taskId: randomUUID(), status: 'PENDING', message: undefined })
    return tasks.at(-1)!
  }
  const exports: StubExports = {
    tasks,
    buckets: new Set(buckets),
    streams: new Map(),
    finish(status, message) {
      const active = tasks.find(isActive)
      if (active === undefined) throw new Error('no task is active')
      return Object.assign(active, { status, message })
    },
    addForeign: () =>
      add({
        taskName: 'of somebody else',
        logGroupName: '/other',
        from: 0,
        to: 1,
        destination: 'other',
        destinationPrefix: 'other',
      }),
    family: world => ({
      CreateExportTask({ taskName, logGroupName, from, to, destination, destinationPrefix = 'exportedlogs' }) {
        if (!exports.buckets.has(destination)) {
          throw invalid('The given bucket does not exist. Please make sure the bucket is valid.')
        }
        world.group(logGroupName)
        if (tasks.some(isActive)) throw limitExceeded()
        return { taskId: add({ taskName, logGroupName, from, to, destination, destinationPrefix }).taskId }
      },
      DescribeExportTasks({ taskId, statusCode, ...paging }) {
        const found = tasks
          .filter(
            task => (taskId === undefined || task.taskId === taskId) && (statusCode ?? task.status) === task.status,
          )
          .sort((a, b) => (a.taskId < b.taskId ? -1 : 1))
        const page = pageOf(found, task => task.taskId, paging)
        const exportTasks = page.items.map(({ status: code, message, ...task }) => ({
          ...task,
          status: { code, message },
        }))
        return { exportTasks, nextToken: page.nextToken }
      },
      CancelExportTask({ taskId }) {
        const task = tasks.find(one => one.taskId === taskId)
        if (task === undefined) {
          throw new ApiError('ResourceNotFoundException', 'The specified export task does not exist.')
        }
        if (!isActive(task)) {
          throw new ApiError('InvalidOperationException', 'The specified export task has already finished')
        }
        task.status = 'CANCELLED'
      },
      DescribeLogStreams({ logGroupName, ...paging }) {
        const { name } = world.group(logGroupName)
        const all = (exports.streams.get(name) ?? []) as readonly { readonly logStreamName: string }[]
        const page = pageOf(all, ({ logStreamName }) => logStreamName, paging)
        return { logStreams: page.items, nextToken: page.nextToken }
      },
    }),
  }
  return exports
}
