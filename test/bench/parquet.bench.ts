/**
 * `npm run bench -- parquet`: a landing file of 10,000 flow log lines by `LogFileBuilder`, against the row interface of
 * hyparquet-writer on the same rows with the same codec (docs/decisions/0002-parquet-writer.md).
 */
import { parquetWriteBuffer } from 'hyparquet-writer'
import { createEventIdSplitter } from '../../shared/cloudwatch/event-id.js'
import { valuesOf } from '../../shared/enrich/format.js'
import { vpcFlow } from '../../shared/enrich/formats/vpc-flow.js'
import { createLine } from '../../shared/enrich/line.js'
import { BufferPool } from '../../shared/parquet/buffer-pool.js'
import { runtimeCodec } from '../../shared/parquet/codec.js'
import { type LogRow, schemaElements } from '../../shared/parquet/schema.js'
import { LogFileBuilder } from '../../shared/parquet/write.js'
import { payloadJson } from './batches.js'
import { compare, measureInTurns } from './measure.js'

interface Payload {
  readonly logGroup: string
  readonly logStream: string
  readonly logEvents: readonly { readonly id: string; readonly timestamp: number; readonly message: string }[]
}

const { logGroup, logStream, logEvents } = JSON.parse(payloadJson('vpc-flow', 10_000)) as Payload
const split = createEventIdSplitter()
const rows: LogRow[] = logEvents.map(({ id, timestamp, message }) => {
  const parts = split(id, timestamp)!
  return {
    timestamp,
    log_group: logGroup,
    log_stream: logStream,
    message,
    arrival: parts.arrival,
    id_random: parts.random,
    id_index: parts.index,
    id_raw: null,
    account_id: '123456789012',
    region: 'us-east-1',
    format: 'vpc-flow',
    level: null,
    request_id: null,
    trace_id: null,
    fields: vpcFlow.parse(createLine(message, logGroup, logStream))?.fields ?? null,
    extra: null,
    retention: 0,
  }
})
const codec = runtimeCodec()
const pool = new BufferPool(64_000_000)
const maps = rows.map(({ fields }) =>
  fields === null ? null : fields.keys.map((key, index) => [key, valuesOf(fields)[index]]),
)

function builder(): Uint8Array {
  const file = new LogFileBuilder(pool)
  for (const row of rows) file.push(row)
  return file.finish(codec, {})
}

function library(): ArrayBuffer {
  const column = (name: keyof LogRow) => rows.map(row => row[name])
  const micros = (name: 'timestamp' | 'arrival') => rows.map(row => BigInt(row[name]!) * 1000n)
  const names = schemaElements.flatMap(({ name, field_id }) =>
    field_id === undefined || name === 'key' || name === 'value' ? [] : [name],
  )
  return parquetWriteBuffer({
    schema: schemaElements,
    codec: codec.name,
    compressors: { [codec.name]: codec.compress },
    rowGroupSize: rows.length,
    columnData: names.map(name => ({
      name,
      data:
        name === 'fields'
          ? maps
          : name === 'timestamp' || name === 'arrival'
            ? micros(name)
            : column(name as keyof LogRow),
      ...(name === 'message' ? { encoding: 'DELTA_LENGTH_BYTE_ARRAY' as const } : {}),
    })),
  })
}

const { ours, theirs } = await measureInTurns({ ours: builder, theirs: library }, 21)
console.log(JSON.stringify({ ...compare('landing file vpc-flow 10000', 'ms', ours, theirs), node: process.version }))
const [written, baseline] = [builder().length, library().byteLength]
console.log(
  JSON.stringify({
    what: 'landing file vpc-flow 10000, size',
    unit: 'bytes',
    median: written,
    spread: 0,
    baseline,
    ratio: Number((written / baseline).toPrecision(3)),
    node: process.version,
  }),
)
