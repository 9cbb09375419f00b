import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Endpoint, startEndpoint } from '../../local/endpoint.js'
import { memoryBuckets } from '../../local/services/s3/buckets.js'
import { s3Service } from '../../local/services/s3/s3-service.js'
import { localSecret } from '../../local/signature.js'
import { s3Store } from '../../shared/store/s3.js'
import { s3Upload } from '../../shared/store/s3-upload.js'

const partBytes = 5 * 1024 * 1024
const buckets = memoryBuckets(() => new Date())
let endpoint: Endpoint
let folder: string
beforeAll(async () => {
  await buckets.create('lake')
  endpoint = await startEndpoint({
    port: 0,
    services: [s3Service({ buckets, region: 'us-east-1', onError: () => {} })],
  })
  folder = await mkdtemp(join(tmpdir(), 'tailrace-upload-'))
})
afterAll(async () => {
  await endpoint.close()
  await rm(folder, { recursive: true })
})

function place(bucket: string) {
  const credentials = { accessKeyId: 'test', secretAccessKey: localSecret }
  const client = new S3Client({ endpoint: endpoint.url, region: 'us-east-1', forcePathStyle: true, credentials })
  return { client, bucket, prefix: 'root/' }
}

describe('uploading a file', () => {
  it.each([0, 1, partBytes, partBytes + 1, 2 * partBytes + 7])('of %i bytes puts them all, in parts', async size => {
    const content = Buffer.alloc(size, 'the quick brown fox')
    const path = join(folder, 'file')
    await writeFile(path, content)
    await s3Upload(place('lake'), partBytes)('out/file', path)
    const { body } = await s3Store(place('lake')).get('out/file')
    expect(Buffer.compare(body, content)).toBe(0)
  })

  it('leaves no parts behind when it fails', async () => {
    const path = join(folder, 'file')
    await writeFile(path, Buffer.alloc(2 * partBytes))
    const { client, ...rest } = place('lake')
    client.middlewareStack.add(
      (next, { commandName }) =>
        args => {
          if (commandName === 'CompleteMultipartUploadCommand') throw new Error('the network is gone')
          return next(args)
        },
      { step: 'initialize' },
    )
    const upload = s3Upload({ client, ...rest }, partBytes)
    await expect(upload('out/other', path)).rejects.toThrow('put: out/other: Error the network is gone')
    const left = []
    for await (const { key } of buckets.uploads.list('')) left.push(key)
    expect(left).toEqual([])
  })
})
