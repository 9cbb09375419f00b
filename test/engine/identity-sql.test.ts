import { DuckDBInstance } from '@duckdb/node-api'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { eventsOnce, repeatedHashes, repeatedRows, surplusRows } from '../../shared/engine/identity-sql.js'

/** A row: where it stands, and what it says; a null id is none. */
interface Row {
  readonly source: number
  readonly message: string
  readonly id: number | null
}

const row: fc.Arbitrary<Row> = fc.record({
  source: fc.integer({ min: 0, max: 3 }),
  message: fc.constantFrom('a', 'b'),
  id: fc.option(fc.integer({ min: 0, max: 3 })),
})

/** The rule itself, of rows whose id is of one message. */
function truth(rows: readonly Row[]): readonly string[] {
  return ['a', 'b'].flatMap(message => {
    const of = rows.filter(each => each.message === message)
    const ids = (some: readonly Row[]) => new Set(some.flatMap(({ id }) => (id === null ? [] : [id])))
    const copies = [0, 1, 2, 3].map(source => {
      const own = of.filter(each => each.source === source)
      return ids(own).size + own.filter(({ id }) => id === null).length
    })
    const known = [...ids(of)].sort()
    const others = Math.max(...copies, known.length) - known.length
    return [...known.map(id => `${message}${id}`), ...Array(others).fill(`${message}-`)]
  })
}

describe('the SQL of identity', () => {
  it('keeps of each event what the largest source has, for readers and for writers alike', async () => {
    const instance = await DuckDBInstance.create(':memory:')
    const connection = await instance.connect()
    const read = async (sql: string) =>
      (await connection.runAndReadAll(sql)).getRows().map(([message, id]) => `${message}${id ?? '-'}`)
    try {
      const schedules = fc.array(row, { minLength: 1, maxLength: 14 })
      await fc.assert(
        fc.asyncProperty(schedules, async rows => {
          const values = rows.map(({ source, message, id }, at) => {
            const parts = id === null ? 'NULL, NULL, NULL' : `epoch_ms(5), ${2 * id + Number(message === 'b')}, 0`
            return `('1', 'g', 's', epoch_ms(1), ${parts}, NULL, '${message}', ${id ?? 'NULL'}, ${source}, ${source}, ${at})`
          })
          await connection.run(`CREATE OR REPLACE TEMP TABLE r AS SELECT * FROM (VALUES ${values.join(', ')}) AS t(
            account_id, log_group, log_stream, timestamp, arrival, id_random, id_index, id_raw, message, id,
            at_source, at_file, at_row)`)
          const columns = 'message, id'
          const seen = await read(`SELECT * FROM (${eventsOnce('r', columns, 'some')}) ORDER BY ALL`)
          expect(seen).toEqual(truth(rows))
          await connection.run(`CREATE OR REPLACE TEMP TABLE h AS ${repeatedHashes('r')}`)
          const kept = await read(`SELECT ${columns} FROM r WHERE row(at_file, at_row) NOT IN (
            SELECT row(at_file, at_row) FROM (${repeatedRows('r', 'h')})
            UNION ALL SELECT row(at_file, at_row) FROM (${surplusRows('r')})) ORDER BY ALL`)
          expect(kept).toEqual(truth(rows))
          if (rows.every(({ id }) => id === null)) {
            expect(await read(`SELECT * FROM (${eventsOnce('r', columns, 'all')}) ORDER BY ALL`)).toEqual(truth(rows))
          }
        }),
        { numRuns: 60, seed: 7 },
      )
    } finally {
      connection.closeSync()
      instance.closeSync()
    }
  })
})
