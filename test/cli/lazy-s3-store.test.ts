import { afterEach, expect, it, vi } from 'vitest'
import { lazyS3Store } from '../../cli/lazy-s3-store.js'
import { ObjectStoreError } from '../../shared/store/errors.js'

afterEach(() => vi.unstubAllEnvs())

it('names the bucket in what fails', async () => {
  // Nothing listens there.
  vi.stubEnv('AWS_ENDPOINT_URL_S3', 'http://127.0.0.1:1')
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) vi.stubEnv(name, 'test')
  vi.stubEnv('AWS_REGION', 'us-east-1')
  vi.stubEnv('AWS_MAX_ATTEMPTS', '1')
  const store = lazyS3Store('s3://bucket/lake')
  const failures = await Promise.all([
    store.list('landing/')[Symbol.asyncIterator]().next().catch(String),
    store.get('a').catch(String),
    store.put('b', new Uint8Array()).catch(error => error),
  ])
  const [listed, got, put] = failures
  expect(listed).toMatch(/^ObjectStoreError: s3:\/\/bucket\/lake: list: landing\/: .*ECONNREFUSED/)
  expect(got).toMatch(/^ObjectStoreError: s3:\/\/bucket\/lake: get: a: /)
  expect(put).toBeInstanceOf(ObjectStoreError)
  expect((put as Error).message.match(/s3:/g)).toHaveLength(1)
})
