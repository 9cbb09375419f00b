import type { KeepingStore } from '../../../shared/store/keeping-store.js'
import type { LocalRequest } from '../../endpoint.js'
import type { Answer } from './answer.js'
import type { Buckets } from './buckets.js'
import { S3Error } from './errors.js'
import type { Payload } from './payload.js'

/** A verified request on its way through an operation. */
export interface S3Call {
  readonly request: LocalRequest
  /** Empty where the operation is not about a bucket. */
  readonly bucket: string
  /** Empty where the operation is not about an object. */
  readonly key: string
  readonly region: string
  readonly buckets: Buckets
  /** The body, read and held against the checksums in the headers of the request, or of another one in its place. */
  payload(request?: LocalRequest): Promise<Payload>
}

export type Operation = (call: S3Call) => Promise<Answer>

/** @throws S3Error NoSuchBucket */
export async function storeOf({ buckets }: S3Call, bucket: string): Promise<KeepingStore> {
  const store = isBucketName(bucket) ? await buckets.open(bucket) : undefined
  if (store !== undefined) return store
  throw new S3Error(404, 'NoSuchBucket', 'The specified bucket does not exist', { BucketName: bucket })
}

/** S3's rule for the names of general purpose buckets. */
export function isBucketName(name: string): boolean {
  return /^(?=.{3,63}$)[a-z0-9](?:[a-z0-9-]|\.(?![.-])|-(?!\.))*[a-z0-9]$/.test(name) && !/^\d+(\.\d+){3}$/.test(name)
}
