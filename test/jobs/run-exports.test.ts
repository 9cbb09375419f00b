import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadPipeline } from '../../shared/config/load.js'
import { openDuckDb } from '../../shared/engine/duckdb.js'
import { LocalParts } from '../../shared/engine/local-parts.js'
import { createQueryEngine } from '../../shared/engine/query-engine.js'
import { writeParquet } from '../../shared/engine/write-parquet.js'
import { exportOperations } from '../../shared/jobs/export-operations.js'
import { runExports } from '../../shared/jobs/run-exports.js'
import { settleBackfill } from '../../shared/jobs/settle-backfill.js'
import { backfillKey, readBackfillNotes, writeBackfillNotes } from '../../shared/jobs/subscribe/backfill-notes.js'
import { lakeReader } from '../../shared/lake/lake-reader.js'
import { memoryStore } from '../../shared/store/memory.js'
import { putExport } from '../helpers/export-files.js'
import { clientOn, impatientCaller } from '../helpers/logs-server/client.js'
import { stubExports } from '../helpers/logs-server/exports.js'
import { type LogsServer, startLogsServer } from '../helpers/logs-server/server.js'
import { noon } from '../helpers/payload.js'

const day = 86_400_000
const midnight = noon - day / 2
const pipeline = loadPipeline(`version: 1
exports:
  - { name: history, groups: "/ecs/*", import: true }
  - { name: copies, source: lake, groups: "*", from: 2026-01-15, format: ndjson }
`).config!

let scratch: string
let server: LogsServer
const tasks = stubExports('lake')
beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'tailrace-run-exports-'))
  server = await startLogsServer({ families: [tasks.family] })
})
afterEach(async () => {
  await server.close()
  await rm(scratch, { recursive: true })
})

describe('a run of all exports', () => {
  it('exports a group, lands its files, and writes the lake with them in it, once', async () => {
    server.world.addGroup('/ecs/orders', { creationTime: midnight })
    const store = memoryStore()
    const noTable = {
      load: async () => null,
      create: () => Promise.reject(new Error('no table is made')),
      commit: () => Promise.reject(new Error('nothing is committed')),
    }
    const openEngine = async () => {
      const duckdb = await openDuckDb({ memoryLimitMb: 256, threads: 1 })
      const reader = lakeReader({ store, catalog: noTable, table: { store, location: 's3://lake/table' } })
      const parts = new LocalParts({ store, place: scratch, folder: scratch, maxBytes: 1e9, onFetch: () => undefined })
      return {
        engine: createQueryEngine({ duckdb, reader, parts, maxScanBytes: null }),
        toParquet: (lines: string, columns: readonly string[], path: string) =>
          writeParquet(duckdb, lines, columns, path),
        close: () => duckdb.close(),
      }
    }
    const run = (attemptId: string) =>
      runExports(
        { attemptId, isTimeUp: () => false },
        {
          pipeline,
          logs: exportOperations(impatientCaller(clientOn(server.url)).call),
          store,
          raw: memoryStore(),
          catalog: noTable,
          bucket: 'lake',
          root: 'logs/',
          stack: 'tailrace-test',
          region: 'us-east-1',
          scratch,
          now: () => midnight + 1.6 * day,
          sleep: async () => {
            const { taskId, destinationPrefix } = tasks.finish('COMPLETED')
            const lines = [{ timestamp: noon, message: 'from the export' }]
            await putExport(store, `${destinationPrefix.slice('logs/'.length)}/${taskId}/`, { 'web/1': [lines] })
          },
          openEngine,
        },
      )
    expect(await run('a')).toMatchObject({ completed: 1, imported: 1, landed: 1, known: 0, lakeFiles: 1, isDone: true })
    const { body } = await store.get('exports/lake/copies/2026-01-15T00/2026-01-15T000000.ndjson')
    expect(JSON.parse(Buffer.from(body).toString())).toEqual({
      timestamp: '2026-01-15T12:00:00.000Z',
      account: '123456789012',
      logGroup: '/ecs/orders',
      logStream: 'web-1',
      message: 'from the export',
    })
    expect(await run('b')).toMatchObject({ completed: 0, imported: 0, landed: 0, lakeFiles: 0, isDone: true })
  })

  it('lets notes of missed events go whose times are landed, and no others', async () => {
    const store = memoryStore()
    const note = (logGroup: string, from: number, to: number | null) => ({ logGroup, from, to, reason: 'new' as const })
    const kept = [
      note('/ecs/late', midnight, noon + 1),
      note('/ecs/waiting', midnight, noon),
      note('/ecs/unreadable', midnight, noon),
      note('/ecs/in-part', midnight, noon),
      note('/ecs/open', midnight, null),
      note('/ecs/old', midnight - 1, noon),
      note('/other', midnight, noon),
      { ...note('/ecs/sampled', midnight, noon), reason: 'sample' as const },
    ]
    await writeBackfillNotes(store, backfillKey('a'), [note('/ecs/orders', midnight, noon), ...kept])
    await writeBackfillNotes(store, backfillKey('b'), [note('/ecs/orders', midnight, noon)])
    const names = [
      '/ecs/orders',
      '/ecs/late',
      '/ecs/waiting',
      '/ecs/unreadable',
      '/ecs/in-part',
      '/ecs/open',
      '/ecs/old',
      '/other',
      '/ecs/sampled',
    ]
    const marks = { history: Object.fromEntries(names.map(name => [name, noon])) }
    const waiting = {
      rule: 'history',
      group: '/ecs/waiting',
      account: '',
      from: midnight,
      to: noon,
      taskId: '',
      prefix: '',
    }
    const span = { rule: 'history', from: midnight, files: 1, sampledOut: 0 }
    const incomplete = [
      { ...span, group: '/ecs/unreadable', to: noon },
      { ...span, group: '/ecs/in-part', to: noon, files: 0, sampledOut: 1 },
      { ...span, group: '/ecs/orders', from: noon, to: noon + 1 },
    ]
    const { exports } = loadPipeline(`version: 1
exports: [{ name: history, groups: "/ecs/*", import: true }]
`).config!
    const rules = exports.filter(rule => rule.source === 'cloudwatch').map(rule => ({ ...rule, from: midnight }))
    expect(await settleBackfill(rules, { marks, finished: [waiting], incomplete }, store)).toBe(2)
    const left = []
    for await (const { notes } of readBackfillNotes(store)) left.push(...notes)
    expect(left).toEqual(kept)
  })
})
