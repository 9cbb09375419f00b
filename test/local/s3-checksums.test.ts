import { Readable } from 'node:stream'
import {
  ChecksumAlgorithm,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { failureOf, type LocalS3, startLocalS3 } from './local-s3.js'

let s3: LocalS3
let client: S3Client
let Bucket: string
beforeAll(async () => {
  s3 = await startLocalS3('disk')
  client = s3.client
})
afterAll(async () => {
  await s3.close()
  expect(s3.errors).toEqual([])
})
beforeEach(async () => {
  Bucket = await s3.newBucket()
})

describe('checksums of the local S3', () => {
  /** Of `123456789`, the check values that the algorithms' registries publish. */
  const known = {
    CRC32: base64('cbf43926'),
    CRC32C: base64('e3069283'),
    CRC64NVME: base64('ae8b14860a799888'),
    SHA1: base64('f7c3bc1d808e04732adf679965ccc34ca7ae3441'),
    SHA256: base64('15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225'),
  }

  it.each(Object.entries(known))('take %s and give it back', async (algorithm, value) => {
    const Body = new TextEncoder().encode('123456789')
    const name = `Checksum${algorithm}` as const
    const answer = await client.send(new PutObjectCommand({ Bucket, Key: 'a', Body, [name]: value }))
    expect(answer).toMatchObject({ [name]: value, ChecksumType: 'FULL_OBJECT' })
    const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'a', ChecksumMode: 'ENABLED' }))
    expect(head).toMatchObject({ [name]: value })
    const wrong = { Bucket, Key: 'b', Body, [name]: `AAAA${value.slice(4)}` }
    expect(await failureOf(client.send(new PutObjectCommand(wrong)))).toBe('400 BadDigest')
    expect(await failureOf(client.send(new HeadObjectCommand({ Bucket, Key: 'b' })))).toBe('404 NotFound')
  })

  it.each(Object.values(ChecksumAlgorithm).filter(algorithm => algorithm in known))(
    'take %s as the SDK computes it, in headers and in trailers',
    async ChecksumAlgorithm => {
      const Body = new Uint8Array(100_000).fill(7)
      await client.send(new PutObjectCommand({ Bucket, Key: 'a', Body, ChecksumAlgorithm }))
      const stream = Readable.from([Buffer.from(Body)])
      await client.send(
        new PutObjectCommand({ Bucket, Key: 'b', Body: stream, ContentLength: Body.length, ChecksumAlgorithm }),
      )
      for (const Key of ['a', 'b']) {
        const got = await client.send(new GetObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }))
        expect(Buffer.compare(await got.Body!.transformToByteArray(), Body)).toBe(0)
        expect(got.ContentEncoding).toBeUndefined()
      }
    },
  )
})

function base64(hex: string): string {
  return Buffer.from(hex, 'hex').toString('base64')
}
