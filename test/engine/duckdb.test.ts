import { expect, it } from 'vitest'
import { openDuckDb } from '../../shared/engine/duckdb.js'

it('says what takes less where its memory does not hold a query, not how DuckDB is set up', async () => {
  const duckdb = await openDuckDb({ memoryLimitMb: 32, threads: 1 })
  const sql = 'SELECT list(i) FROM range(100000000) t(i)'
  const message =
    'duckdb: out of memory: the query holds more than the 30.5 MiB that it may have; fewer columns, groups of stats or rows to sort take less'
  await expect(duckdb.query(sql)).rejects.toMatchObject({ name: 'EngineFailed', sql, message })
  await expect(duckdb.query('SELECT 1')).resolves.toMatchObject({ rows: [[1]] })
  duckdb.close()
})
