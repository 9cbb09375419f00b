import { S3Client } from '@aws-sdk/client-s3'
import { describe, expect, it } from 'vitest'
import {
  Conflict,
  DeleteFailed,
  InvalidKey,
  InvalidRange,
  NotFound,
  ObjectStoreError,
  PreconditionFailed,
  Throttled,
} from '../../shared/store/errors.js'
import type { ObjectStore } from '../../shared/store/object-store.js'
import { s3Store } from '../../shared/store/s3.js'

interface Sent {
  readonly method: string
  readonly path: string
  readonly query: Record<string, string>
  readonly headers: Record<string, string>
  readonly body?: unknown
}

type Canned = { status: number; headers?: Record<string, string>; body?: string }

/** An S3 store whose client gets the given answers, one after the other, and the requests that it sent. */
function cannedStore(...answers: readonly Canned[]): { store: ObjectStore; sent: Sent[] } {
  const sent: Sent[] = []
  const client = new S3Client({
    region: 'us-east-1',
    maxAttempts: 1,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    requestHandler: {
      async handle(request: Sent) {
        const { status, headers = {}, body = '' } = answers[Math.min(sent.length, answers.length - 1)]!
        sent.push(request)
        const stream = new Blob([body]).stream()
        return { response: { statusCode: status, headers, body: stream } }
      },
    } as never,
  })
  return { store: s3Store({ client, bucket: 'lake', prefix: 'root/' }), sent }
}

const failure = (code: string) => `<Error><Code>${code}</Code><Message>said S3</Message></Error>`

describe('the S3 store', () => {
  it.each([
    ['get', 404, 'NoSuchKey', NotFound],
    ['get', 416, 'InvalidRange', InvalidRange],
    ['put', 412, 'PreconditionFailed', PreconditionFailed],
    ['put', 404, 'NoSuchKey', NotFound],
    ['put', 409, 'ConditionalRequestConflict', Conflict],
    ['put', 503, 'SlowDown', Throttled],
    ['put', 429, 'TooManyRequests', Throttled],
    ['list', 503, 'SlowDown', Throttled],
    ['delete', 503, 'SlowDown', Throttled],
  ] as const)(
    'makes of %s answered %i %s the error of the port, with the cause',
    async (operation, status, code, type) => {
      const { store } = cannedStore({ status, body: failure(code) })
      const error = await run(store, operation)
      expect(error).toBeInstanceOf(type)
      expect(error).toMatchObject({
        key: 'a',
        message: `${operation}: a: ${status} ${code} said S3`,
        cause: { name: code },
      })
    },
  )

  it.each([
    [404, NotFound],
    [503, Throttled],
  ])('makes the same of HEAD answered %i without a body', async (status, type) => {
    const { store } = cannedStore({ status })
    const error = await store.head('a').catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(type)
  })

  it.each([
    [404, 'NoSuchBucket'],
    [403, 'AccessDenied'],
    [500, 'InternalError'],
  ])('does not take %i %s for a missing object', async (status, code) => {
    const { store } = cannedStore({ status, body: failure(code) })
    const error = await run(store, 'get')
    expect((error as Error).constructor).toBe(ObjectStoreError)
    expect(error).toMatchObject({ name: 'ObjectStoreError', message: `get: a: ${status} ${code} said S3` })
  })

  it('names what went wrong below HTTP, with the cause', async () => {
    const client = new S3Client({
      endpoint: 'http://127.0.0.1:1',
      region: 'us-east-1',
      maxAttempts: 1,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    })
    const error = await run(s3Store({ client, bucket: 'lake' }), 'get')
    expect(error).toMatchObject({ name: 'ObjectStoreError', cause: { code: 'ECONNREFUSED' } })
    expect((error as Error).message).toContain('ECONNREFUSED')
  })

  it('puts the prefix before keys and takes it off again', async () => {
    const page = (keys: readonly string[], token?: string) =>
      `<ListBucketResult><IsTruncated>${token !== undefined}</IsTruncated>${keys
        .map(
          key =>
            `<Contents><Key>${key}</Key><Size>1</Size><ETag>"e"</ETag><LastModified>2026-01-01T00:00:00.000Z</LastModified></Contents>`,
        )
        .join(
          '',
        )}${token === undefined ? '' : `<NextContinuationToken>${token}</NextContinuationToken>`}</ListBucketResult>`
    const { store, sent } = cannedStore(
      { status: 200, body: page(['root/a%2Bb', 'root/a+c'], 'next') },
      { status: 200, body: page(['root/a/%E6%97%A5']) },
    )
    const keys: string[] = []
    for await (const { key } of store.list('a', { after: 'a' })) {
      keys.push(key)
      expect(sent).toHaveLength(keys.length < 3 ? 1 : 2)
    }
    expect(keys).toEqual(['a+b', 'a c', 'a/日'])
    expect(sent[0]!.query).toMatchObject({ prefix: 'root/a', 'start-after': 'root/a' })
    expect(sent[1]!.query).toMatchObject({ prefix: 'root/a', 'continuation-token': 'next' })
  })

  it('deletes 1,000 keys at a time and reports each that was refused', async () => {
    const refused = (key: string) =>
      `<DeleteResult><Error><Key>root/${key}</Key><Code>AccessDenied</Code><Message>no</Message></Error></DeleteResult>`
    const { store, sent } = cannedStore(
      { status: 200, body: refused('k3') },
      { status: 200, body: '<DeleteResult/>' },
      { status: 200, body: refused('k2004') },
    )
    const keys = Array.from({ length: 2005 }, (_, index) => `k${index}`)
    const error = await store.delete(keys).catch((caught: unknown) => caught)
    expect(sent).toHaveLength(3)
    expect(error).toBeInstanceOf(DeleteFailed)
    expect(error).toMatchObject({
      failures: [
        { key: 'k3', code: 'AccessDenied', message: 'no' },
        { key: 'k2004', code: 'AccessDenied', message: 'no' },
      ],
    })
  })

  it('sends nothing for a key that is too long with its prefix, or for a range that S3 would overlook', async () => {
    const { store, sent } = cannedStore({ status: 200 })
    await expect(store.head('k'.repeat(1020))).rejects.toThrow(InvalidKey)
    await expect(store.get('a', { range: { start: 2, end: 1 } })).rejects.toThrow(InvalidRange)
    await store.delete([])
    expect(sent).toEqual([])
  })

  it('tells the size of the whole object when it reads a part', async () => {
    const { store, sent } = cannedStore({
      status: 206,
      headers: { 'content-range': 'bytes 4-6/100', 'content-length': '3', etag: '"e"' },
      body: 'abc',
    })
    expect(await store.get('a', { range: { start: 4, end: 6 } })).toMatchObject({ size: 100, etag: '"e"' })
    expect(sent[0]!.headers.range).toBe('bytes=4-6')
  })
})

function run(store: ObjectStore, operation: 'get' | 'put' | 'list' | 'delete'): Promise<unknown> {
  const calls = {
    get: () => store.get('a'),
    put: () => store.put('a', new Uint8Array(3), { ifNoneMatch: '*' }),
    list: () => store.list('a')[Symbol.asyncIterator]().next(),
    delete: () => store.delete(['a']),
  }
  return calls[operation]().catch((error: unknown) => error)
}
