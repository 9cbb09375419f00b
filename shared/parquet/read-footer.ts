import { parquetMetadata } from 'hyparquet'

/** Bytes `start` to the end of a file. */
export type ReadTail = (start: number) => Promise<Uint8Array>

/** A file is no Parquet file, or is cut off. */
export class FooterUnreadable extends Error {
  override name = 'FooterUnreadable'
}

/** More than most footers, so that one read is enough. */
const firstRead = 64 * 1024
const tailBytes = 8

/**
 * The key-value metadata of a Parquet file, from its end alone: one read, or two for a long footer.
 *
 * @param size of the whole file
 * @throws FooterUnreadable
 */
export async function readKeyValues(read: ReadTail, size: number): Promise<ReadonlyMap<string, string>> {
  if (size < tailBytes) throw new FooterUnreadable(`parquet: a file of ${size} bytes`)
  let tail = await read(Math.max(0, size - firstRead))
  const needed = footerBytes(tail)
  if (needed > size) throw new FooterUnreadable(`parquet: a footer of ${needed} bytes in a file of ${size}`)
  if (needed > tail.length) tail = await read(size - needed)
  try {
    const { key_value_metadata: pairs = [] } = parquetMetadata(new Uint8Array(tail).buffer, { geoparquet: false })
    return new Map(pairs.map(({ key, value = '' }) => [key, value]))
  } catch (cause) {
    throw new FooterUnreadable('parquet: the footer cannot be read', { cause })
  }
}

/** With its length and the magic bytes behind it. */
function footerBytes(tail: Uint8Array): number {
  const view = new DataView(tail.buffer, tail.byteOffset, tail.byteLength)
  if (tail.length < tailBytes || view.getUint32(tail.length - 4, true) !== 0x31524150) {
    throw new FooterUnreadable('parquet: the file does not end in PAR1')
  }
  return view.getUint32(tail.length - tailBytes, true) + tailBytes
}
