import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CreateBucketCommand, S3Client, type S3ClientConfig } from '@aws-sdk/client-s3'
import { startEndpoint } from '../../local/endpoint.js'
import { type Buckets, diskBuckets, memoryBuckets } from '../../local/services/s3/buckets.js'
import { type S3ServiceOptions, s3Service } from '../../local/services/s3/s3-service.js'

export interface LocalS3 {
  readonly url: string
  readonly client: S3Client
  readonly errors: readonly unknown[]
  newBucket(): Promise<string>
  clientWith(config: S3ClientConfig): S3Client
  close(): Promise<void>
}

export const credentials = { accessKeyId: 'local', secretAccessKey: 'test' }

/** An endpoint with S3 alone, on a free port, with its buckets on the disk or in memory. */
export async function startLocalS3(
  kept: 'disk' | 'memory',
  options: Omit<S3ServiceOptions, 'buckets' | 'onError'> = {},
): Promise<LocalS3> {
  const directory = await mkdtemp(join(tmpdir(), 'tailrace-s3-'))
  const now = options.now ?? (() => new Date())
  const buckets: Buckets = kept === 'disk' ? diskBuckets(directory, now) : memoryBuckets(now)
  const errors: unknown[] = []
  const onError = (error: unknown) => errors.push(error)
  const endpoint = await startEndpoint({ port: 0, services: [s3Service({ ...options, buckets, onError })], onError })
  const clients: S3Client[] = []
  const clientWith = (config: S3ClientConfig) => {
    const client = new S3Client({
      endpoint: endpoint.url,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials,
      ...config,
    })
    clients.push(client)
    return client
  }
  const client = clientWith({})
  let count = 0
  return {
    url: endpoint.url,
    client,
    errors,
    clientWith,
    async newBucket() {
      const bucket = `bucket-${++count}`
      await client.send(new CreateBucketCommand({ Bucket: bucket }))
      return bucket
    },
    async close() {
      for (const made of clients) made.destroy()
      await endpoint.close()
      await rm(directory, { recursive: true })
    },
  }
}

/** Code and status as the SDK gives them to its caller. */
export async function failureOf(sent: Promise<unknown>): Promise<string> {
  const error = (await sent.catch((caught: unknown) => caught)) as {
    name: string
    $metadata: { httpStatusCode: number }
  }
  return `${error.$metadata?.httpStatusCode} ${error.name}`
}
