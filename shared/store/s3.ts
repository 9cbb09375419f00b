import {
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { DeleteFailed, type DeleteFailure, InvalidRange } from './errors.js'
import { checkKey } from './key.js'
import type {
  CallOptions,
  GetOptions,
  ListOptions,
  ObjectEntry,
  ObjectHead,
  ObjectStore,
  ObjectWriter,
  PutOptions,
  StoredObject,
} from './object-store.js'
import { formatRange } from './range.js'
import { s3Failure } from './s3-failure.js'

/** A client whose requests end: CloudWatch Logs sends a batch again, which is better than waiting for an answer. */
export function createS3Client(region: string): S3Client {
  return new S3Client({
    region,
    maxAttempts: 4,
    requestHandler: { connectionTimeout: 2_000, requestTimeout: 10_000, throwOnRequestTimeout: true },
  })
}

export interface S3StoreOptions {
  /** Brings region, credentials, retries, timeouts and connections; they are the caller's choice. */
  readonly client: S3Client
  readonly bucket: string
  /** Put before every key as it stands, so with its slash; callers never see it. */
  readonly prefix?: string | undefined
}

/** The most that one DeleteObjects request takes. */
const keysPerDelete = 1000

/** An object store in an S3 bucket. Retries are the client's; what it gives up on arrives as the port's errors. */
export function s3Store(options: S3StoreOptions): ObjectStore {
  const { client, bucket: Bucket, prefix: root = '' } = options
  const call = caller(root)

  async function* list(prefix: string, { after, signal }: ListOptions): AsyncGenerator<ObjectEntry> {
    let ContinuationToken: string | undefined
    do {
      const page = await call('list', prefix, signal, () =>
        client.send(
          new ListObjectsV2Command({
            Bucket,
            Prefix: root + prefix,
            StartAfter: after === undefined ? undefined : root + after,
            ContinuationToken,
            // XML cannot carry every character of a key.
            EncodingType: 'url',
          }),
          withSignal(signal),
        ),
      )
      for (const object of page.Contents ?? []) {
        signal?.throwIfAborted()
        yield {
          key: decodeKey(object.Key!).slice(root.length),
          size: object.Size!,
          etag: object.ETag!,
          lastModified: object.LastModified!,
        }
      }
      ContinuationToken = page.IsTruncated ? page.NextContinuationToken : undefined
    } while (ContinuationToken !== undefined)
  }

  /** Deletes up to `keysPerDelete` keys and returns those that S3 refused. */
  async function deleteSome(keys: readonly string[], signal: AbortSignal | undefined): Promise<DeleteFailure[]> {
    const Objects = keys.map(key => ({ Key: root + key }))
    const answer = await call('delete', keys[0]!, signal, () =>
      client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }), withSignal(signal)),
    )
    return (answer.Errors ?? []).map(({ Key = '', Code = '', Message = '' }) => ({
      key: Key.slice(root.length),
      code: Code,
      message: Message,
    }))
  }

  return {
    ...s3Writer(options),

    get(key: string, { range, signal }: GetOptions = {}): Promise<StoredObject> {
      return call('get', key, signal, async () => {
        // S3 answers a range that ends before it starts with the whole object.
        if (range !== undefined && 'start' in range && (range.end ?? range.start) < range.start) {
          throw new InvalidRange(`get: bytes ${formatRange(range)} of ${key}`, key)
        }
        const Range = range === undefined ? undefined : `bytes=${formatRange(range)}`
        const answer = await client.send(new GetObjectCommand({ Bucket, Key: root + key, Range }), withSignal(signal))
        const body = await answer.Body!.transformToByteArray()
        return { ...headOf(key, answer, sizeOf(answer)), body }
      })
    },

    list(prefix: string, options: ListOptions = {}): AsyncIterable<ObjectEntry> {
      return list(prefix, options)
    },

    async delete(keys: readonly string[], { signal }: CallOptions = {}): Promise<void> {
      signal?.throwIfAborted()
      for (const key of keys) checkKey(key, root)
      const failures: DeleteFailure[] = []
      for (let from = 0; from < keys.length; from += keysPerDelete) {
        failures.push(...(await deleteSome(keys.slice(from, from + keysPerDelete), signal)))
      }
      if (failures.length > 0) throw new DeleteFailed(failures)
    },
  }
}

/**
 * Only what lands objects. A bundle that has no more of this file than this has no other S3 command in it either, which
 * is what its role is compared with.
 */
export function s3Writer({ client, bucket: Bucket, prefix: root = '' }: S3StoreOptions): ObjectWriter {
  const call = caller(root)
  return {
    head(key: string, { signal }: CallOptions = {}): Promise<ObjectHead> {
      return call('head', key, signal, async () => {
        const answer = await client.send(new HeadObjectCommand({ Bucket, Key: root + key }), withSignal(signal))
        return headOf(key, answer, answer.ContentLength!)
      })
    },

    put(key: string, body: Uint8Array, options: PutOptions = {}): Promise<{ etag: string }> {
      return call('put', key, options.signal, async () => {
        const command = new PutObjectCommand({
          Bucket,
          Key: root + key,
          Body: body,
          IfNoneMatch: options.ifNoneMatch,
          IfMatch: options.ifMatch,
          Metadata: options.metadata,
          ContentType: options.contentType,
        })
        const answer = await client.send(command, withSignal(options.signal))
        return { etag: answer.ETag! }
      })
    },
  }
}

/** Runs one call; failures of S3 become the port's, and an aborted call rejects with its signal's reason. */
function caller(root: string) {
  return async <T>(operation: string, key: string, signal: AbortSignal | undefined, run: () => Promise<T>) => {
    signal?.throwIfAborted()
    if (operation !== 'list') checkKey(key, root)
    try {
      return await run()
    } catch (error) {
      signal?.throwIfAborted()
      throw s3Failure(operation, key, error)
    }
  }
}

interface HeadAnswer {
  readonly ETag?: string | undefined
  readonly LastModified?: Date | undefined
  readonly Metadata?: Record<string, string> | undefined
  readonly ContentType?: string | undefined
}

function headOf(key: string, answer: HeadAnswer, size: number): ObjectHead {
  return {
    key,
    size,
    etag: answer.ETag!,
    lastModified: answer.LastModified!,
    metadata: answer.Metadata ?? {},
    ...(answer.ContentType !== undefined && { contentType: answer.ContentType }),
  }
}

/** Of a part, Content-Range tells the size of the whole: `bytes 0-9/100`. */
function sizeOf(answer: { ContentRange?: string | undefined; ContentLength?: number | undefined }): number {
  return answer.ContentRange === undefined ? answer.ContentLength! : Number(answer.ContentRange.split('/')[1])
}

/** Keys are listed as forms are encoded: a plus is a space. */
function decodeKey(encoded: string): string {
  return decodeURIComponent(encoded.replaceAll('+', ' '))
}

function withSignal(signal: AbortSignal | undefined) {
  return signal === undefined ? {} : { abortSignal: signal }
}
