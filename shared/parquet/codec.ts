import * as zlib from 'node:zlib'
import type { Codec } from './chunk.js'

/** The part of `node:zlib` that Node 20 and its type declarations do not have. */
interface ZstdZlib {
  readonly zstdCompressSync?: (bytes: Uint8Array, options: { readonly params: Record<number, number> }) => Uint8Array
  readonly constants: { readonly ZSTD_c_compressionLevel: number }
}

/**
 * Zstandard at level 1 where the runtime has it (Node 22.15 and later); gzip elsewhere, which Node 20 can write and
 * every Parquet reader can read.
 */
export function runtimeCodec(): Codec {
  return zstdCodec() ?? gzipCodec()
}

export function zstdCodec(): Codec | null {
  const { zstdCompressSync, constants } = zlib as unknown as ZstdZlib
  if (zstdCompressSync === undefined) return null
  const options = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }
  return { name: 'ZSTD', compress: bytes => zstdCompressSync(bytes, options) }
}

export function gzipCodec(): Codec {
  return { name: 'GZIP', compress: bytes => zlib.gzipSync(bytes, { level: 4 }) }
}
