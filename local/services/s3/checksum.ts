import { createHash } from 'node:crypto'

/** The checksums that S3 takes, by the names that its headers (`x-amz-checksum-<name>`) have for them. */
export const checksums = {
  crc32: body => crc32(body, crc32Table),
  crc32c: body => crc32(body, crc32cTable),
  crc64nvme: crc64nvme,
  sha1: body => createHash('sha1').update(body).digest(),
  sha256: body => createHash('sha256').update(body).digest(),
} as const satisfies Record<string, (body: Uint8Array) => Buffer>

export type ChecksumAlgorithm = keyof typeof checksums

/** Of an uploaded object's parts together, or of all its bytes. */
export type ChecksumType = 'COMPOSITE' | 'FULL_OBJECT'

export interface Checksum {
  readonly algorithm: ChecksumAlgorithm
  /** Base64; of a composite one with `-<parts>` after it. */
  readonly value: string
  readonly type: ChecksumType
}

export function isChecksumAlgorithm(name: string): name is ChecksumAlgorithm {
  return Object.hasOwn(checksums, name)
}

export function checksumOf(algorithm: ChecksumAlgorithm, body: Uint8Array): Checksum {
  return { algorithm, value: checksums[algorithm](body).toString('base64'), type: 'FULL_OBJECT' }
}

/** The checksum of the parts' checksums, as S3 makes it of parts that were checked one by one. */
export function compositeChecksum(algorithm: ChecksumAlgorithm, parts: readonly string[]): Checksum {
  const joined = Buffer.concat(parts.map(part => Buffer.from(part, 'base64')))
  return { algorithm, value: `${checksums[algorithm](joined).toString('base64')}-${parts.length}`, type: 'COMPOSITE' }
}

const crc32Table = crc32TableOf(0xedb88320)
const crc32cTable = crc32TableOf(0x82f63b78)

function crc32TableOf(polynomial: number): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let value = byte
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ polynomial : value >>> 1
    return value
  })
}

function crc32(body: Uint8Array, table: Uint32Array): Buffer {
  let crc = 0xffffffff
  for (let index = 0; index < body.length; index++) crc = (crc >>> 8) ^ table[(crc ^ body[index]!) & 0xff]!
  const digest = Buffer.alloc(4)
  digest.writeUInt32BE((crc ^ 0xffffffff) >>> 0)
  return digest
}

/** Halves of the table of the reflected polynomial 0x9a6c9329ac4bc9b5. */
const [crc64High, crc64Low] = crc64Tables()

function crc64Tables(): [Uint32Array, Uint32Array] {
  const high = new Uint32Array(256)
  const low = new Uint32Array(256)
  for (let byte = 0; byte < 256; byte++) {
    let value = BigInt(byte)
    for (let bit = 0; bit < 8; bit++) value = value & 1n ? (value >> 1n) ^ 0x9a6c9329ac4bc9b5n : value >> 1n
    high[byte] = Number(value >> 32n)
    low[byte] = Number(value & 0xffffffffn)
  }
  return [high, low]
}

function crc64nvme(body: Uint8Array): Buffer {
  let high = 0xffffffff
  let low = 0xffffffff
  for (let index = 0; index < body.length; index++) {
    const entry = (low ^ body[index]!) & 0xff
    low = ((low >>> 8) | (high << 24)) ^ crc64Low[entry]!
    high = (high >>> 8) ^ crc64High[entry]!
  }
  const digest = Buffer.alloc(8)
  digest.writeUInt32BE((high ^ 0xffffffff) >>> 0, 0)
  digest.writeUInt32BE((low ^ 0xffffffff) >>> 0, 4)
  return digest
}
