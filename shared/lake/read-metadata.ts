import { open } from 'node:fs/promises'
import { type FileMetaData, parquetMetadata } from 'hyparquet'
import { FooterUnreadable } from '../parquet/read-footer.js'

/** Bytes that are read first: more than most footers. */
const firstRead = 64 * 1024
const tailBytes = 8
/** Beyond it no footer of ours goes; a damaged length must not make us read a gigabyte. */
const maxFooterBytes = 64 * 1024 * 1024

/** Timestamps in statistics as µs, exactly; the rest as hyparquet gives it. */
const parsers = { timestampFromMicroseconds: (micros: bigint) => micros }

export interface LocalFile {
  readonly path: string
  readonly size: number
  readonly metadata: FileMetaData
}

/**
 * The footer of a local Parquet file.
 * @throws FooterUnreadable for a file that is none, or is cut off
 */
export async function readMetadata(path: string): Promise<LocalFile> {
  const file = await open(path)
  try {
    const { size } = await file.stat()
    if (size < tailBytes + 4) throw new FooterUnreadable(`parquet: a file of ${size} bytes`)
    const read = async (length: number) => {
      const bytes = new Uint8Array(length)
      await file.read(bytes, 0, length, size - length)
      return bytes
    }
    let tail = await read(Math.min(size, firstRead))
    const view = new DataView(tail.buffer)
    if (view.getUint32(tail.length - 4, true) !== 0x31524150) {
      throw new FooterUnreadable('parquet: the file does not end in PAR1')
    }
    const needed = view.getUint32(tail.length - tailBytes, true) + tailBytes
    if (needed > size || needed > maxFooterBytes) {
      throw new FooterUnreadable(`parquet: a footer of ${needed} bytes in a file of ${size}`)
    }
    if (needed > tail.length) tail = await read(needed)
    return { path, size, metadata: parse(tail) }
  } finally {
    await file.close()
  }
}

/** @throws FooterUnreadable */
function parse(tail: Uint8Array): FileMetaData {
  try {
    return parquetMetadata(tail.slice().buffer, { parsers })
  } catch (cause) {
    throw new FooterUnreadable('parquet: the footer cannot be read', { cause })
  }
}

export function keyValuesOf({ key_value_metadata: pairs = [] }: FileMetaData): ReadonlyMap<string, string> {
  return new Map(pairs.map(({ key, value = '' }) => [key, value]))
}
