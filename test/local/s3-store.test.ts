import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { s3Store } from '../../shared/store/s3.js'
import { storeSuite } from '../store/object-store-suite.js'
import { type LocalS3, startLocalS3 } from './local-s3.js'

describe('with buckets on the disk', () => {
  let s3: LocalS3
  beforeAll(async () => {
    s3 = await startLocalS3('disk')
  })
  afterAll(() => s3.close())
  storeSuite('the S3 store on the local endpoint', async () => ({
    store: s3Store({ client: s3.client, bucket: await s3.newBucket() }),
  }))
  it('answers none of these requests with 500', () => {
    expect(s3.errors).toEqual([])
  })
})
