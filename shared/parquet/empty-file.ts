import { ByteWriter } from 'hyparquet-writer/src/bytewriter.js'
import { writeMetadata } from 'hyparquet-writer/src/metadata.js'
import { schemaElements } from './schema.js'

const magic = 0x31524150

/** A file of log rows that has none. */
export function emptyLogFile(): Uint8Array {
  const writer = new ByteWriter(1 << 12)
  writer.appendUint32(magic)
  const footer = { version: 2, created_by: 'tailrace', schema: schemaElements, num_rows: 0n, row_groups: [] }
  writeMetadata(writer, { ...footer, metadata_length: 0 }, Number.POSITIVE_INFINITY)
  writer.appendUint32(magic)
  return writer.getBytes()
}
