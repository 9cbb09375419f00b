/** Faults that meet replay and export: in this process, with stores in memory and CloudWatch Logs as a stub over HTTP. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { failureKey, failureRecord } from '../../local/lambda/failure-record.js'
import { loadPipeline } from '../../shared/config/load.js'
import { json } from '../../shared/enrich/formats/json.js'
import { createReplay } from '../../shared/jobs/create-replay.js'
import { exportOperations } from '../../shared/jobs/export-operations.js'
import { runExportQueue } from '../../shared/jobs/export-queue.js'
import { openExportState } from '../../shared/jobs/export-state.js'
import { exportedEvents } from '../../shared/jobs/import-lines.js'
import { ReplayFailed } from '../../shared/jobs/replay.js'
import { ObjectStoreError } from '../../shared/store/errors.js'
import { memoryStore } from '../../shared/store/memory.js'
import type { ObjectStore } from '../../shared/store/object-store.js'
import { clientOn, impatientCaller } from '../helpers/logs-server/client.js'
import { type StubExports, stubExports } from '../helpers/logs-server/exports.js'
import { type LogsServer, startLogsServer } from '../helpers/logs-server/server.js'
import { events, lambdaEvent, noon, payload } from '../helpers/payload.js'
import { ingestDefinition } from './built-function.js'

const day = 86_400_000
const pipeline = loadPipeline(`version: 1
exports: [{ name: history, groups: "*" }]
`).config!

let main: ObjectStore
let raw: ObjectStore
let server: LogsServer
let tasks: StubExports
beforeEach(async () => {
  main = memoryStore()
  raw = memoryStore()
  tasks = stubExports('lake')
  server = await startLogsServer({ families: [tasks.family] })
  server.world.addGroup('/ecs/a', { creationTime: noon })
})
afterEach(() => server.close())

async function putFailed(count: number, message = 'one'): Promise<void> {
  const definition = ingestDefinition({ main: '', raw: '' }, {})
  for (let index = 0; index < count; index++) {
    const event = Buffer.from(
      JSON.stringify(lambdaEvent(payload(events([message], noon + message.length * 10_000 + index)))),
    )
    const failed = {
      requestId: 'r',
      payload: event,
      condition: 'RetriesExhausted',
      attempts: 3,
      last: undefined,
    } as const
    const key = failureKey(definition.name, new Date(noon), `${message.length}-${String(index).padStart(5, '0')}`)
    await raw.put(key, Buffer.from(failureRecord(definition, failed, new Date(noon))))
  }
}

async function replay(attemptId: string, store: ObjectStore = main) {
  const surroundings = { stack: 'tailrace-test', region: 'us-east-1', now: () => noon, sleep: async () => undefined }
  const run = await createReplay(pipeline, {
    ...surroundings,
    store,
    raw,
    isConsumed: async () => false,
    held: () => Promise.reject(new Error('nothing was imported')),
    print: () => {},
  })
  return run({ reasons: [], since: null, until: null, attemptId })
}

async function count(store: ObjectStore): Promise<number> {
  let found = 0
  for await (const _ of store.list('')) found++
  return found
}

async function runQueue(onWait: () => boolean) {
  const { call } = impatientCaller(clientOn(server.url))
  let isOver = false
  const sleep = async () => {
    isOver = !onWait()
  }
  const rules = pipeline.exports.filter(rule => rule.source === 'cloudwatch')
  const deps = { api: exportOperations(call), state: main, bucket: 'lake', root: '', stack: 'tailrace-test', sleep }
  return runExportQueue({ rules, isTimeUp: () => isOver }, { ...deps, now: () => noon + 2 * day })
}

const marks = async () => (await openExportState(main)).value.marks

describe('replay', () => {
  it('faults 28, 29: 1,010 failed deliveries are replayed by two at once, each lands once, and none is left', async () => {
    await putFailed(1_010)
    const reports = await Promise.all([replay('a'), replay('b')])
    const sum = (name: 'events' | 'failed' | 'replayed') => reports.reduce((all, report) => all + report[name], 0)
    expect([sum('events'), sum('failed')]).toEqual([1_010, 0])
    expect(await count(raw)).toBe(0)
    expect(await count(main)).toBe(1_010)
    expect(await replay('c')).toMatchObject({ found: 0 })
  })

  it('faults 29, 33: what fails stays, what does not is gone, and the next replay finishes it', async () => {
    await putFailed(60)
    let puts = 0
    const flaky: ObjectStore = {
      ...main,
      put: async (key, ...rest) => {
        if (++puts % 6 === 0) throw new ObjectStoreError('put: service unavailable', key)
        return main.put(key, ...rest)
      },
    }
    const failed = await replay('a', flaky).catch(error => error)
    expect(failed).toBeInstanceOf(ReplayFailed)
    expect(failed.report).toMatchObject({ replayed: 50, failed: 10 })
    expect(await count(raw)).toBe(10)
    expect(await replay('b')).toMatchObject({ replayed: 10, failed: 0 })
    expect(await count(main)).toBe(60)
  })

  it('fault 51: a batch that a parser throws on stays as it came, holds no other up, and lands when that is mended', async () => {
    await putFailed(2)
    await putFailed(1, '{"order":1}')
    const parser = vi.spyOn(json, 'parse').mockImplementation(() => {
      throw new Error('a bug')
    })
    const failed = await replay('a').catch(error => error)
    expect(failed.report).toMatchObject({ replayed: 2, failed: 1 })
    expect([await count(main), await count(raw)]).toEqual([2, 1])
    parser.mockRestore()
    expect(await replay('b')).toMatchObject({ replayed: 1, events: 1 })
    expect([await count(main), await count(raw)]).toEqual([3, 0])
  })

  it('fault 30: when the bucket of what failed cannot be read, the replay fails and has deleted nothing', async () => {
    await putFailed(3)
    const whole = raw
    raw = { ...whole, get: () => Promise.reject(new ObjectStoreError('get: service unavailable', 'a')) }
    await expect(replay('a')).rejects.toThrow('replay: 3 of 3 objects failed: get: service unavailable')
    expect(await count(whole)).toBe(3)
  })
})

describe('exports of log groups', () => {
  it('fault 38: a task of somebody else is waited for, and 12 hours pass before a day is exported', async () => {
    tasks.addForeign()
    let waits = 0
    const report = await runQueue(() => {
      if (++waits === 3) tasks.finish('COMPLETED')
      return waits < 4
    })
    expect(report).toMatchObject({ created: 1, waitingFor: 'task' })
    expect(tasks.tasks[1]).toMatchObject({ from: noon, to: noon + day / 2 - 1 })
    expect(server.calls.filter(({ refusal }) => refusal === 'LimitExceededException')).toHaveLength(3)
  })

  it('fault 38: a mark moves when its task has completed, never when one is created, runs, fails or is cancelled', async () => {
    await runQueue(() => false)
    expect(await marks()).toEqual({})
    tasks.tasks[0]!.status = 'RUNNING'
    await runQueue(() => false)
    expect(await marks()).toEqual({})
    tasks.finish('FAILED', 'internal error')
    await runQueue(() => false)
    expect(await marks()).toEqual({})
    tasks.finish('COMPLETED')
    await runQueue(() => false)
    expect(await marks()).toEqual({ history: { '/ecs/a': noon + day / 2 } })
  })

  it('fault 38: messages of several lines are read as they were, wherever the text is cut', async () => {
    const at = (ms: number) => new Date(ms).toISOString()
    const text = `${at(noon)} first\n  second\n\n${at(0)} not of this export\n${at(noon + 1)} \n${at(noon + 2)} last\n`
    for (let size = 1; size < text.length; size++) {
      const pieces = (async function* () {
        for (let start = 0; start < text.length; start += size) yield text.slice(start, start + size)
      })()
      const found: string[] = []
      for await (const { message } of exportedEvents(pieces, 'key', { from: noon, to: noon + day })) found.push(message)
      expect(found).toEqual([`first\n  second\n\n${at(0)} not of this export`, '', 'last'])
    }
  })
})
