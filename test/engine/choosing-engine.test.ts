import { describe, expect, it } from 'vitest'
import type { AthenaSource } from '../../shared/engine/athena.js'
import { type AthenaRunner, choosingEngine } from '../../shared/engine/choosing-engine.js'
import type { Estimate, QueryEngine, QueryRun } from '../../shared/engine/query-engine.js'
import { planOf } from './lake-of-files.js'

const asOf = { snapshotId: '42', committedAt: 1_000, landingObjects: 3, setAside: 0 }
const plan = planOf('stats count(*) as n')
const status = { field: 'status', column: 'status', type: 'long', id: 100 } as const

function setUp(bytes: number, rows: readonly Record<string, string>[] = [{ n: '7' }]) {
  const inAthena = { bytes: 3e9, promoted: [{ status }] }
  const estimate: Estimate = { files: 5, records: 1_000, bytes, inAthena, asOf }
  const duckDbRun = { columns: [], asOf } as unknown as QueryRun
  const duckdb: QueryEngine = { estimate: async () => estimate, run: async () => duckDbRun }
  const asked: AthenaSource[] = []
  const athena: AthenaRunner = async (_, source) => {
    asked.push(source)
    return { rows, statistics: { queryId: 'q', scannedBytes: 900, milliseconds: 5, isReused: false } }
  }
  return { duckdb, duckDbRun, athena, asked, duckDbLimitBytes: 1_000_000 }
}

describe('the engine that chooses', () => {
  it('is DuckDB where there is no Athena or DuckDB was asked for', () => {
    const { duckdb, athena, duckDbLimitBytes } = setUp(1e12)
    expect(choosingEngine({ duckdb, athena: null, duckDbLimitBytes }, 'auto')).toBe(duckdb)
    expect(choosingEngine({ duckdb, athena: null, duckDbLimitBytes }, 'athena')).toBe(duckdb)
    expect(choosingEngine({ duckdb, athena, duckDbLimitBytes }, 'duckdb')).toBe(duckdb)
  })

  it('takes DuckDB for what it can fetch', async () => {
    const options = setUp(1_000_000)
    const run = await choosingEngine(options, 'auto').run(plan)
    expect(run).toEqual({
      ...options.duckDbRun,
      choice: { engine: 'duckdb', reason: '1.0 MB to read, not more than the 1.0 MB that DuckDB takes on' },
    })
    expect(options.asked).toEqual([])
  })

  it('takes Athena for more, over the snapshot that was estimated, and says what it does not see', async () => {
    const options = setUp(2_000_000_000)
    const run = await choosingEngine(options, 'auto').run(plan)
    expect(options.asked).toEqual([{ snapshotId: 42n, promoted: [new Map([['status', status]])] }])
    expect(run.asOf).toEqual({ ...asOf, landingObjects: 0 })
    expect(run.columns).toEqual([{ name: 'n', type: 'number' }])
    expect(run.choice?.engine).toBe('athena')
    expect(run.choice?.reason).toContain('3.0 GB to read for about $0.015, without 3 objects not committed yet')
    const batches = []
    for await (const batch of run.batches) batches.push(batch)
    expect(batches).toEqual([[{ n: '7' }]])
    expect(run.statistics()).toMatchObject({ bytesScanned: 900, recordsScanned: 1_000, files: 5 })
  })

  it('takes Athena for little, too, when it was asked for', async () => {
    const options = setUp(10)
    const { choice } = await choosingEngine(options, 'athena').run(plan)
    expect(choice).toMatchObject({ engine: 'athena' })
  })
})
