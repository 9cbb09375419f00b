/**
 * Table metadata ↔ the bytes of its JSON file. `JSON.parse` would round other engines' 63-bit snapshot ids, so integers
 * beyond 2^53 are carried as bigint, and snapshot ids always are.
 */
import { gunzipSync } from 'node:zlib'
import { TableUnreadable } from './errors.js'
import type { TableMetadata } from './table-metadata.js'

const snapshotIdMember = /^(current-|parent-)?snapshot-id$/

/**
 * @param location names the file in errors
 * @throws TableUnreadable when it is no metadata, or of a format version other than 2
 */
export function parseMetadata(bytes: Uint8Array, location: string): TableMetadata {
  let value: unknown
  try {
    // Other engines may compress it: `write.metadata.compression-codec`.
    const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b
    value = parseExactly(Buffer.from(isGzip ? gunzipSync(bytes) : bytes).toString())
  } catch (cause) {
    throw new TableUnreadable(`iceberg: ${location} is not JSON`, { cause })
  }
  const metadata = value as TableMetadata | null
  const version = metadata?.['format-version']
  if (version !== 2) {
    throw new TableUnreadable(`iceberg: ${location} has format version ${version}, only version 2 is supported`)
  }
  const missing = requiredMembers.filter(name => metadata?.[name] === undefined)
  if (missing.length > 0) throw new TableUnreadable(`iceberg: ${location} has no ${missing.join(', no ')}`)
  return metadata as TableMetadata
}

const requiredMembers = [
  'table-uuid',
  'location',
  'last-sequence-number',
  'last-updated-ms',
  'last-column-id',
  'current-schema-id',
  'schemas',
  'default-spec-id',
  'partition-specs',
  'last-partition-id',
  'default-sort-order-id',
  'sort-orders',
] as const satisfies readonly (keyof TableMetadata)[]

export function printMetadata(metadata: TableMetadata): Uint8Array {
  return Buffer.from(printExactly(metadata))
}

/** JSON text with bigints as integers. */
export function printExactly(value: unknown): string {
  if (typeof value === 'bigint') return String(value)
  if (Array.isArray(value)) return `[${value.map(item => printExactly(item ?? null)).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${printExactly(member)}`).join(',')}}`
}

/** Long integers are handed through `JSON.parse` as strings with a mark that occurs nowhere in the text. */
function parseExactly(text: string): unknown {
  let mark = 'long:'
  while (text.includes(mark)) mark += ':'
  const marked = text.replace(/"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g, token =>
    /^-?\d{16,}$/.test(token) ? `"${mark}${token}"` : token,
  )
  return JSON.parse(marked, (name, value: unknown) => {
    if (typeof value === 'string' && value.startsWith(mark)) return BigInt(value.slice(mark.length))
    return typeof value === 'number' && snapshotIdMember.test(name) ? BigInt(value) : value
  })
}
