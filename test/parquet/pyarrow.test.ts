/** The landing file read by Arrow's C++ reader, where PyArrow is installed. */
import { describe, expect, it } from 'vitest'
import { BufferPool } from '../../shared/parquet/buffer-pool.js'
import { gzipCodec, zstdCodec } from '../../shared/parquet/codec.js'
import type { LogRow } from '../../shared/parquet/schema.js'
import { LogFileBuilder } from '../../shared/parquet/write.js'
import { hasPythonModule, runPython } from '../helpers/python.js'
import { expectedRow } from './read-back.js'
import { anyRows } from './rows.js'

/** One for all files: what a file leaves in its buffers must not show in the next. */
const pool = new BufferPool(8_000_000)

const script = `
import io, json, sys
import pyarrow as pa, pyarrow.parquet as pq
table = pq.read_table(io.BytesIO(sys.stdin.buffer.read()))
ids = [int(field.metadata[b'PARQUET:field_id']) for field in table.schema if field.name != 'fields']
types = {field.name: str(field.type) for field in table.schema}
columns = {}
for name in table.column_names:
    column = table.column(name)
    columns[name] = (column.cast(pa.int64()) if pa.types.is_timestamp(column.type) else column).to_pylist()
rows = [dict(zip(columns, values)) for values in zip(*columns.values())]
for row in rows:
    for name in ('timestamp', 'arrival', 'id_random'):
        row[name] = None if row[name] is None else str(row[name])
    row['fields'] = None if row['fields'] is None else sorted(row['fields'])
print(json.dumps({'ids': ids, 'types': types, 'rows': rows}))
`

const present = hasPythonModule('pyarrow', 'landing files are not read with Arrow')

describe.runIf(present)('a log file read by PyArrow', () => {
  it.each([gzipCodec(), ...[zstdCodec()].filter(codec => codec !== null)])('is what was written: $name', codec => {
    const rows = anyRows()
    const builder = new LogFileBuilder(pool)
    for (const row of rows) builder.push(row)
    const read = runPython(script, [], builder.finish(codec, {})) as {
      ids: number[]
      types: Record<string, string>
      rows: unknown[]
    }
    expect(read.ids).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 18, 19])
    expect(read.types).toMatchObject({
      timestamp: 'timestamp[us, tz=UTC]',
      arrival: 'timestamp[us, tz=UTC]',
      id_random: 'int64',
      id_index: 'int32',
      message: 'string',
      fields: "map<string, string ('fields')>",
    })
    expect(read.rows).toEqual(rows.map(asJson))
  })
})

/** As the script prints it: 64-bit integers as text, entries ordered by code point. */
function asJson(row: LogRow): unknown {
  const { timestamp, arrival, id_random, fields, ...rest } = expectedRow(row)
  const bytes = (text: string) => Buffer.from(text)
  return {
    ...rest,
    timestamp: String(timestamp),
    arrival: arrival === null ? null : String(arrival),
    id_random: id_random === null ? null : String(id_random),
    fields: fields?.toSorted(([a], [b]) => Buffer.compare(bytes(a), bytes(b))) ?? null,
  }
}
