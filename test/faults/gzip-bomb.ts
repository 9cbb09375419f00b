import { constants, deflateRawSync, gzipSync } from 'node:zlib'

/** Gzip of this many MB of blanks, made in no time: as many small members, and as one member. */
export function gzipBomb(megabytes: number): readonly [Buffer, Buffer] {
  const blanks = Buffer.alloc(2 ** 20, ' ')
  const members = Buffer.concat(Array(megabytes).fill(gzipSync(blanks)))
  // A full flush ends at a byte and forgets what was before it, so the block can stand any number of times.
  const block = deflateRawSync(blanks, { finishFlush: constants.Z_FULL_FLUSH })
  const header = gzipSync('').subarray(0, 10)
  const trailer = Buffer.alloc(8)
  trailer.writeUInt32LE(megabytes * blanks.length, 4)
  const one = Buffer.concat([header, ...Array<Buffer>(megabytes).fill(block), deflateRawSync(''), trailer])
  return [members, one]
}
