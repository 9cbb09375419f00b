import {
  CreateExportTaskCommand,
  DescribeExportTasksCommand,
  DescribeLogGroupsCommand,
} from '@aws-sdk/client-cloudwatch-logs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { LogExportSetting } from '../../shared/config/pipeline.js'
import { type ExportRunReport, ExportsRefused, type LeftOut, runExportQueue } from '../../shared/jobs/export-queue.js'
import { marksForAgain, openExportState } from '../../shared/jobs/export-state.js'
import { memoryStore } from '../../shared/store/memory.js'
import type { ObjectStore } from '../../shared/store/object-store.js'
import { clientOn, impatientCaller } from '../helpers/logs-server/client.js'
import { type StubExports, stubExports } from '../helpers/logs-server/exports.js'
import { type LogsServer, startLogsServer } from '../helpers/logs-server/server.js'

const day = 86_400_000
const start = Date.UTC(2026, 0, 10)
const rule: LogExportSetting = {
  name: 'history',
  source: 'cloudwatch',
  groups: ['/ecs/*'],
  exclude: [],
  from: null,
  until: null,
  everyMs: day,
  delayMs: day / 2,
  import: true,
}

let server: LogsServer
let exports: StubExports
let store: ObjectStore
let now: number
beforeEach(async () => {
  exports = stubExports('lake')
  now = start + 3.6 * day
  server = await startLogsServer({ families: [exports.family], now: () => start })
  server.world.addGroup('/ecs/a', { creationTime: start + 3_600_000 })
  store = memoryStore()
})
afterEach(() => server.close())

interface Settings {
  readonly rules?: readonly LogExportSetting[]
  readonly state?: Pick<ObjectStore, 'get' | 'put'>
  readonly steps?: number
  /** What becomes of the active task while the queue waits for it. */
  readonly onWait?: () => void
  readonly imports?: string[]
  /** What an import leaves out. */
  readonly left?: LeftOut
  /** Called before and after each call to CloudWatch Logs. */
  readonly around?: () => void
}

/** Runs until there is nothing to do, or it would wait for the second time in a row. */
async function run({
  rules = [rule],
  state = store,
  steps = 60,
  onWait,
  imports,
  left = { files: 0, sampledOut: 0 },
  around = () => undefined,
}: Settings = {}): Promise<ExportRunReport> {
  const { call } = impatientCaller(clientOn(server.url))
  const told =
    <Input, Output>(operation: (input: Input) => Promise<Output>) =>
    async (input: Input) => {
      around()
      const answer = await operation(input)
      around()
      return answer
    }
  let looks = 0
  let isWaiting = false
  return runExportQueue(
    { rules, isTimeUp: () => ++looks > steps || isWaiting },
    {
      api: {
        describeLogGroups: told(call('describeLogGroups', DescribeLogGroupsCommand)),
        createExportTask: told(call('createExportTask', CreateExportTaskCommand)),
        describeExportTasks: told(call('describeExportTasks', DescribeExportTasksCommand)),
      },
      state,
      bucket: 'lake',
      root: 'logs/',
      stack: 'tailrace-test',
      now: () => now,
      sleep: async () => {
        if (onWait === undefined) isWaiting = true
        else onWait()
      },
      ...(imports === undefined
        ? {}
        : {
            importFinished: async ({ group, from }) => {
              imports.push(`${group} ${from - start}`)
              return left
            },
          }),
    },
  )
}

const complete = () => {
  exports.finish('COMPLETED')
}
const state = async () => (await openExportState(store)).value
const ranges = () => exports.tasks.map(({ logGroupName, from, to }) => [logGroupName, from - start, to - start])

describe('the export queue', () => {
  it('exports each group from its beginning, a day at a time, up to what is exportable, and nothing twice', async () => {
    server.world.addGroup('/ecs/b', { creationTime: start + day })
    server.world.addGroup('/other', {})
    const imports: string[] = []
    const report = await run({ onWait: complete, imports })
    expect(report).toMatchObject({ groups: 2, created: 5, completed: 5, imported: 5, failed: 0, isDone: true })
    const expected = [
      ['/ecs/a', 3_600_000, day - 1],
      ['/ecs/a', day, 2 * day - 1],
      ['/ecs/b', day, 2 * day - 1],
      ['/ecs/a', 2 * day, 3 * day - 1],
      ['/ecs/b', 2 * day, 3 * day - 1],
    ]
    expect(ranges()).toEqual(expected)
    expect(imports).toEqual(expected.map(([group, from]) => `${group} ${from}`))
    expect(exports.tasks[0]!.destinationPrefix).toBe('logs/exports/logs/history/~ecs~a/2026-01-10')
    expect(await run({ onWait: complete, imports })).toMatchObject({ created: 0, isDone: true })
    now += 0.4 * day
    expect(await run({ onWait: complete })).toMatchObject({ created: 0 })
    now += 0.6 * day
    expect(await run({ onWait: complete })).toMatchObject({ created: 2 })
  })

  it('asks for nothing outside of its days, nor for what retention has deleted', async () => {
    server.world.addGroup('/ecs/a', { creationTime: 0, retentionInDays: 2 })
    await run({ onWait: complete })
    expect(ranges()[0]).toEqual(['/ecs/a', day, 2 * day - 1])
    exports.tasks.length = 0
    const bounded = { ...rule, name: 'bounded', from: start + day, until: start + 2 * day }
    await run({ rules: [bounded], onWait: complete })
    expect(ranges()).toEqual([['/ecs/a', day, 2 * day - 1]])
  })

  it('waits while another task of the account is active, and goes on after it', async () => {
    exports.addForeign()
    expect(await run()).toMatchObject({ created: 0, waitingFor: 'foreign-task', isDone: false })
    expect(await run()).toMatchObject({ created: 0, waitingFor: 'foreign-task' })
    expect((await state()).marks).toEqual({})
    complete()
    expect(await run()).toMatchObject({ created: 1, waitingFor: 'task' })
    expect(await run({ onWait: complete })).toMatchObject({ created: 2, completed: 3 })
  })

  it('moves the mark when the task has completed and not before, and tries a failed one again', async () => {
    await run()
    exports.tasks[0]!.status = 'RUNNING'
    await run()
    expect(await state()).toMatchObject({ marks: {}, active: { attempt: 1 } })
    exports.finish('FAILED', 'internal error')
    expect(await run()).toMatchObject({ failed: 1, created: 1 })
    expect(await state()).toMatchObject({ marks: {}, active: { attempt: 2, from: start + 3_600_000 } })
    complete()
    await run()
    expect((await state()).marks).toEqual({ history: { '/ecs/a': start + day } })
  })

  it('puts off what has failed three times and says so, goes on with others, and tries again a day later', async () => {
    server.world.addGroup('/ecs/b', { creationTime: start + 2 * day })
    const onWait = () => {
      const isA = exports.tasks.at(-1)!.logGroupName === '/ecs/a'
      exports.finish(isA ? 'FAILED' : 'COMPLETED', isA ? 'internal error' : undefined)
    }
    expect(await run({ onWait })).toMatchObject({ created: 4, failed: 3, completed: 1, troubles: 1, isDone: false })
    expect((await state()).troubles).toMatchObject([
      { group: '/ecs/a', status: 'FAILED', message: 'internal error', attempts: 3, retryAt: now + day },
    ])
    expect((await state()).marks).toEqual({ history: { '/ecs/b': start + 3 * day } })
    now += day
    expect(await run({ onWait: complete })).toMatchObject({ failed: 0, troubles: 0 })
    expect((await state()).marks.history!['/ecs/a']).toBe(start + 4 * day)
  })

  it('leaves a cancelled task alone for a day', async () => {
    await run()
    exports.finish('CANCELLED')
    expect(await run()).toMatchObject({ failed: 1, created: 0, troubles: 1 })
  })

  it('goes on when a group vanishes before its task, and when a finished task is forgotten', async () => {
    server.world.addGroup('/ecs/b', { creationTime: start + 2 * day })
    server.before = operation => {
      if (operation === 'CreateExportTask') server.world.groups.delete('/ecs/a')
      return undefined
    }
    expect(await run({ onWait: complete })).toMatchObject({ vanished: 1, completed: 1, failed: 0, troubles: 0 })
    await run()
    expect((await openExportState(store)).value.troubles).toEqual([])
    server.world.addGroup('/ecs/c', { creationTime: start + 2 * day })
    await run({ rules: [{ ...rule, groups: ['/ecs/c'] }] })
    exports.tasks.length = 0
    expect(await run({ rules: [{ ...rule, groups: ['/ecs/c'] }], onWait: complete })).toMatchObject({ completed: 1 })
  })

  it('remembers of what times an import has left something out, and exports them again when asked to', async () => {
    await run({ onWait: complete, imports: [], left: { files: 2, sampledOut: 5 } })
    const { value, save } = await openExportState(store)
    const [begin, end] = [start + 3_600_000, start + 3 * day]
    expect([value.finished, value.incomplete]).toEqual([
      [],
      [{ rule: rule.name, group: '/ecs/a', from: begin, to: end, files: 6, sampledOut: 15 }],
    ])
    const sampledOnly = value.incomplete.map(one => ({ ...one, files: 0 }))
    expect(marksForAgain({ ...value, incomplete: sampledOnly }, () => true)).toEqual({
      marks: { [rule.name]: { '/ecs/a': end } },
      active: null,
      incomplete: sampledOnly,
    })
    const later = { ...sampledOnly[0]!, from: end, to: end + 1 }
    expect(marksForAgain({ ...value, incomplete: [...value.incomplete, later] }, () => true).incomplete).toEqual([])
    await save(marksForAgain(value, () => true))
    exports.tasks.length = 0
    await run({ onWait: complete, imports: [] })
    expect(ranges()[0]).toEqual(['/ecs/a', 3_600_000, day - 1])
    expect(await state()).toMatchObject({ incomplete: [], marks: { [rule.name]: { '/ecs/a': end } } })
  })

  it('exports them again also where a task of the group is under way', async () => {
    await run({ onWait: complete, imports: [], left: { files: 1, sampledOut: 0 } })
    now += day
    expect(await run()).toMatchObject({ created: 1, waitingFor: 'task' })
    const { value, save } = await openExportState(store)
    await save(marksForAgain(value, () => false))
    await run({ onWait: complete, imports: [] })
    expect(ranges().slice(4)).toEqual([
      ['/ecs/a', 3_600_000, day - 1],
      ['/ecs/a', day, 2 * day - 1],
      ['/ecs/a', 2 * day, 3 * day - 1],
      ['/ecs/a', 3 * day, 4 * day - 1],
    ])
    expect(await state()).toMatchObject({ active: null, incomplete: [] })
  })

  it('fails when one export after the other is refused, and says what CloudWatch Logs said', async () => {
    for (const name of ['/ecs/b', '/ecs/c', '/ecs/d']) server.world.addGroup(name, { creationTime: start })
    exports.buckets.clear()
    const refused = await run().catch(error => error)
    expect(refused).toBeInstanceOf(ExportsRefused)
    expect(refused.message).toContain('The given bucket does not exist.')
    expect(refused.report).toMatchObject({ failed: 3, created: 0 })
  })

  it('finds a task by its name when the answer to its creation was lost, behind many others', async () => {
    for (let index = 0; index < 120; index++) exports.addForeign().status = 'COMPLETED'
    let lost = 0
    server.loseAnswer = operation => operation === 'CreateExportTask' && lost++ === 0
    expect(await run()).toMatchObject({ created: 0, waitingFor: 'foreign-task' })
    expect(await run()).toMatchObject({ created: 0, waitingFor: 'task' })
    expect(exports.tasks).toHaveLength(121)
    expect(await run({ onWait: complete })).toMatchObject({ completed: 3 })
    expect(new Set(ranges().slice(120).map(String)).size).toBe(exports.tasks.length - 120)
  })

  it('dies before or after any request and goes on, each range exported once and each mark right', async () => {
    now = start + 2.6 * day
    let killed = 0
    let at = 0
    for (let isKilled = true; isKilled; at++) {
      exports.tasks.length = 0
      store = memoryStore()
      const whole = store
      let moments = 0
      const dying = () => {
        if (moments++ === at) throw new Error('killed')
      }
      const put: ObjectStore['put'] = async (...args) => {
        dying()
        const answer = await whole.put(...args)
        dying()
        return answer
      }
      isKilled = await run({ state: { ...whole, put }, around: dying, onWait: complete }).then(
        () => false,
        () => true,
      )
      killed += Number(isKilled)
      await run({ onWait: complete })
      expect((await state()).marks, `killed at ${at}`).toEqual({ history: { '/ecs/a': start + 2 * day } })
      expect((await state()).finished).toHaveLength(2)
      expect(ranges(), `killed at ${at}`).toEqual([
        ['/ecs/a', 3_600_000, day - 1],
        ['/ecs/a', day, 2 * day - 1],
      ])
    }
    expect(killed).toBe(26)
  })
})
