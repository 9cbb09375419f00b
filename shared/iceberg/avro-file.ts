/**
 * Avro object container files (Avro specification 1.11, "Object Container Files"): avsc codes the records, the frame
 * around them is here, because avsc has it as streams only. Written with `deflate`, which every reader knows.
 */
import { createHash } from 'node:crypto'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import avro from 'avsc'
import { longType } from './avro-long.js'

/** An Avro schema as JSON. */
export type AvroSchema = string | readonly AvroSchema[] | AvroRecord | AvroArray | AvroOther

export interface AvroRecord {
  readonly type: 'record'
  readonly name: string
  readonly fields: readonly AvroField[]
}

export interface AvroField {
  readonly name: string
  readonly type: AvroSchema
  readonly default?: null
  readonly 'field-id'?: number
}

interface AvroArray {
  readonly type: 'array'
  readonly items: AvroSchema
  readonly 'element-id'?: number
  readonly logicalType?: 'map'
}

interface AvroOther {
  readonly type: string
  readonly name?: string
  readonly size?: number
  readonly logicalType?: string
}

export interface AvroFile {
  /** The key-value metadata of the header. */
  readonly metadata: ReadonlyMap<string, string>
  readonly records: readonly Readonly<Record<string, unknown>>[]
}

const magic = Buffer.from('Obj\x01', 'latin1')
const syncBytes = 16
/** Uncompressed bytes of a block, about. */
const blockBytes = 256 * 1024
const metadataType = avro.Type.forSchema({ type: 'map', values: 'bytes' })
const blockHeaderType = avro.Type.forSchema('long')

export function writeAvro(
  schema: AvroSchema,
  records: readonly object[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const type = typeOf(schema)
  const text = JSON.stringify(schema)
  const header = Object.entries({ ...metadata, 'avro.schema': text, 'avro.codec': 'deflate' })
  const sync = createHash('sha256').update(text).digest().subarray(0, syncBytes)
  const parts = [
    magic,
    metadataType.toBuffer(Object.fromEntries(header.map(([key, value]) => [key, Buffer.from(value)]))),
    sync,
  ]
  let block: Buffer[] = []
  let size = 0
  const flush = (): void => {
    if (block.length === 0) return
    const body = deflateRawSync(Buffer.concat(block))
    parts.push(blockHeaderType.toBuffer(block.length), blockHeaderType.toBuffer(body.length), body, sync)
    block = []
    size = 0
  }
  for (const record of records) {
    const bytes = type.toBuffer(record)
    block.push(bytes)
    size += bytes.length
    if (size >= blockBytes) flush()
  }
  flush()
  return Buffer.concat(parts)
}

/**
 * @param adapt gives the schema to decode with: other names for the same structure
 * @throws Error when it is no Avro file, is cut off, or has a codec other than null and deflate
 */
export function readAvro(bytes: Uint8Array, adapt: (schema: AvroRecord) => AvroRecord): AvroFile {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (!file.subarray(0, magic.length).equals(magic)) throw new Error('avro: the file does not start with Obj 1')
  const header = decode(metadataType, file, magic.length)
  const metadata = new Map(Object.entries(header.value as Record<string, Buffer>).map(([k, v]) => [k, v.toString()]))
  const type = typeOf(adapt(JSON.parse(metadata.get('avro.schema') ?? 'null') as AvroRecord))
  const inflate = inflater(metadata.get('avro.codec') ?? 'null')
  const sync = file.subarray(header.offset, header.offset + syncBytes)
  const records: Record<string, unknown>[] = []
  let position = header.offset + syncBytes
  while (position < file.length) {
    const count = decode(blockHeaderType, file, position)
    const size = decode(blockHeaderType, file, count.offset)
    const end = size.offset + Number(size.value)
    if (!file.subarray(end, end + syncBytes).equals(sync)) throw new Error(`avro: the block at ${position} is cut off`)
    readBlock(type, inflate(file.subarray(size.offset, end)), Number(count.value), records)
    position = end + syncBytes
  }
  return { metadata, records }
}

function readBlock(type: avro.Type, block: Buffer, count: number, records: Record<string, unknown>[]): void {
  let position = 0
  for (let index = 0; index < count; index++) {
    const { value, offset } = decode(type, block, position)
    records.push(value as Record<string, unknown>)
    position = offset
  }
}

function decode(type: avro.Type, bytes: Buffer, position: number): { value: unknown; offset: number } {
  const decoded = type.decode(bytes, position) as { value: unknown; offset: number }
  if (decoded.offset < 0) throw new Error(`avro: the value at ${position} is cut off`)
  return decoded
}

function inflater(codec: string): (block: Buffer) => Buffer {
  if (codec === 'null') return block => block
  if (codec === 'deflate') return block => inflateRawSync(block)
  throw new Error(`avro: codec ${codec} is not supported, only deflate and null are`)
}

/** Compiled types by schema text: all manifests of one writer have the same, and compiling one takes milliseconds. */
const types = new Map<string, avro.Type>()
const maxTypes = 32

function typeOf(schema: AvroSchema): avro.Type {
  const text = JSON.stringify(schema)
  const known = types.get(text)
  if (known !== undefined) return known
  const type = avro.Type.forSchema(JSON.parse(text), { registry: { long: longType } })
  if (types.size >= maxTypes) types.clear()
  types.set(text, type)
  return type
}
