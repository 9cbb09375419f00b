import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { s3Store } from '../../shared/store/s3.js'
import { hasMoto, type Moto, startMoto } from './moto.js'
import { type KnownFailures, storeSuite } from './object-store-suite.js'

/** Where moto is not S3. */
const motoFailures: KnownFailures = {
  always: {
    'says InvalidRange when a range selects nothing': 'a range of an empty object is answered with the empty object',
  },
  sometimes: {
    'shows readers the old object or the new one, never a mixture': 'metadata is set after the object can be read',
  },
}

if (hasMoto) {
  let moto: Moto
  let client: S3Client
  let buckets = 0
  beforeAll(async () => {
    moto = await startMoto()
    client = new S3Client({
      endpoint: moto.url,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    })
  })
  afterAll(async () => {
    client.destroy()
    await moto.close()
  })
  storeSuite(
    'the S3 store on moto',
    async () => {
      const bucket = `bucket-${++buckets}`
      await client.send(new CreateBucketCommand({ Bucket: bucket }))
      return { store: s3Store({ client, bucket }) }
    },
    motoFailures,
  )
} else {
  describe('the S3 store on moto', () => {
    it('is not tested where moto_server is not installed', () => {
      console.log('moto_server is not installed: the S3 store was not tested on moto')
      expect(hasMoto).toBe(false)
    })
  })
}
