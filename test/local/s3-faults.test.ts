import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Fault, RequestInfo } from '../../local/fault.js'
import { PreconditionFailed, Throttled } from '../../shared/store/errors.js'
import { s3Store } from '../../shared/store/s3.js'
import { type LocalS3, startLocalS3 } from './local-s3.js'

let s3: LocalS3
let Bucket: string
let hook: (info: RequestInfo) => Fault | undefined = () => undefined
let seen: RequestInfo[] = []
beforeAll(async () => {
  s3 = await startLocalS3('memory', {
    onRequest: info => {
      seen.push(info)
      return hook(info)
    },
  })
})
afterAll(async () => {
  await s3.close()
  expect(s3.errors).toEqual([])
})
beforeEach(async () => {
  hook = () => undefined
  Bucket = await s3.newBucket()
  seen = []
})

/** The fault for the first try of an operation. */
function first(operation: string, fault: Fault): void {
  hook = info => (info.operation === operation && info.attempt === 1 ? fault : undefined)
}

describe('a fault of the local S3', () => {
  it('is chosen by operation, bucket, key and attempt', async () => {
    await s3.client.send(new PutObjectCommand({ Bucket, Key: 'a b', Body: 'x' }))
    expect(seen).toMatchObject([{ service: 's3', operation: 'PutObject', bucket: Bucket, key: 'a b', attempt: 1 }])
    expect(seen[0]!.headers.host).toBe(new URL(s3.url).host)
  })

  it.each([
    [503, 'SlowDown'],
    [500, 'InternalError'],
  ])('answers %i %s, and the SDK tries again', async (status, code) => {
    first('PutObject', { kind: 'error', status, code })
    await s3.client.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'x' }))
    expect(seen.map(({ attempt }) => attempt)).toEqual([1, 2])
  })

  it('answers SlowDown for ever, which the store reports as Throttled', async () => {
    hook = () => ({ kind: 'error', status: 503, code: 'SlowDown' })
    const client = s3.clientWith({ maxAttempts: 2 })
    const error = await s3Store({ client, bucket: Bucket })
      .get('a')
      .catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(Throttled)
    expect(seen).toHaveLength(2)
  })

  it('answers a skewed clock, which the SDK does not try again when its own was right', async () => {
    hook = () => ({ kind: 'error', status: 403, code: 'RequestTimeTooSkewed' })
    const put = s3.client.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'x' }))
    await expect(put).rejects.toMatchObject({ name: 'RequestTimeTooSkewed' })
    expect(seen).toHaveLength(1)
  })

  it('denies the key of a bucket', async () => {
    first('PutObject', {
      kind: 'error',
      status: 403,
      code: 'KMS.AccessDeniedException',
      message: 'no access to the key',
    })
    const put = s3.client.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'x' }))
    await expect(put).rejects.toMatchObject({ name: 'KMS.AccessDeniedException', message: 'no access to the key' })
    expect(seen).toHaveLength(1)
  })

  it('applies a put and cuts the connection, so that the next try finds its own object', async () => {
    first('PutObject', { kind: 'apply-then-reset' })
    const store = s3Store({ client: s3.client, bucket: Bucket })
    const put = store.put('a', new Uint8Array(3), { ifNoneMatch: '*', metadata: { attempt: 'mine' } })
    await expect(put).rejects.toThrow(PreconditionFailed)
    expect(seen.map(({ operation, attempt }) => `${operation} ${attempt}`)).toEqual(['PutObject 1', 'PutObject 2'])
    expect((await store.head('a')).metadata).toEqual({ attempt: 'mine' })
  })

  it.each(['reset', 'reset-mid-body'] as const)('cuts a put by %s and applies nothing', async kind => {
    hook = info => (info.operation === 'PutObject' ? { kind } : undefined)
    const client = s3.clientWith({ maxAttempts: 1 })
    const put = client.send(new PutObjectCommand({ Bucket, Key: 'a', Body: new Uint8Array(3_000_000) }))
    await expect(put).rejects.toMatchObject({ code: expect.stringMatching(/ECONNRESET|EPIPE/) })
    const got = s3.client.send(new GetObjectCommand({ Bucket, Key: 'a' }))
    await expect(got).rejects.toMatchObject({ name: 'NoSuchKey' })
  })

  it('cuts an answer half-way, which a reader does not take for the whole', async () => {
    const store = s3Store({ client: s3.clientWith({ maxAttempts: 1 }), bucket: Bucket })
    await store.put('a', new Uint8Array(1_000_000))
    first('GetObject', { kind: 'reset-mid-body' })
    await expect(store.get('a')).rejects.toMatchObject({ name: 'ObjectStoreError', key: 'a' })
  })

  it('waits, and goes on', async () => {
    first('PutObject', { kind: 'delay', ms: 120 })
    const start = performance.now()
    await s3.client.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'x' }))
    expect(performance.now() - start).toBeGreaterThan(110)
    const signal = AbortSignal.timeout(30)
    const put = s3Store({ client: s3.client, bucket: Bucket }).put('b', new Uint8Array(1), { signal })
    await expect(put).rejects.toMatchObject({ name: 'TimeoutError' })
  })

  it('completes an upload with 200 and an error document, which the SDK does not take for success', async () => {
    const upload = { Bucket, Key: 'a' }
    const { UploadId } = await s3.client.send(new CreateMultipartUploadCommand(upload))
    const { ETag } = await s3.client.send(new UploadPartCommand({ ...upload, UploadId, PartNumber: 1, Body: 'x' }))
    first('CompleteMultipartUpload', { kind: 'error-in-200', code: 'InternalError' })
    const client = s3.clientWith({ maxAttempts: 1 })
    const request = { ...upload, UploadId, MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] } }
    await expect(client.send(new CompleteMultipartUploadCommand(request))).rejects.toMatchObject({
      name: 'InternalError',
    })
    hook = () => undefined
    await s3.client.send(new CompleteMultipartUploadCommand(request))
    const got = await s3.client.send(new GetObjectCommand(upload))
    expect(await got.Body!.transformToString()).toBe('x')
  })
})
