import { S3Client } from '@aws-sdk/client-s3'
import type { S3StoreOptions } from '../shared/store/s3.js'
import { regionOf } from './region.js'
import { s3Name } from './s3-name.js'

/** What `s3://bucket/prefix` names, with a client of the environment's credentials; undefined for any other text. */
export function s3Place(place: string | undefined): (S3StoreOptions & { readonly prefix: string }) | undefined {
  const name = s3Name(place)
  if (name === undefined) return undefined
  const forcePathStyle = process.env.AWS_ENDPOINT_URL !== undefined || process.env.AWS_ENDPOINT_URL_S3 !== undefined
  // Where no region is known any will do, since S3 tells in which one the bucket is.
  const region = () => regionOf(undefined).catch(() => 'us-east-1')
  const client = new S3Client({ forcePathStyle, region, followRegionRedirects: true })
  return { client, ...name }
}
