import type { LocalRequest } from '../../endpoint.js'
import { notImplemented, S3Error } from './errors.js'
import { isPresignedV2, parametersV2 } from './presigned-v2.js'

/** What a request is about: the service, a bucket, or an object in it. */
export interface Address {
  readonly bucket: string | undefined
  readonly key: string | undefined
  /** Whether the bucket is in the name of the host, and so not in the path. */
  readonly isVirtualHosted?: boolean
}

/** Path style (`/bucket/key`), or virtual-hosted style on names below localhost (`bucket.localhost`, `bucket.s3.localhost`). */
export function addressOf(request: LocalRequest): Address {
  const path = decode(request.path.slice(1))
  const host = /^(.+?)(?:\.s3(?:\.[a-z0-9-]+)?)?\.localhost(?::\d+)?$/.exec(request.headers.host ?? '')?.[1]
  if (host !== undefined && host !== 's3')
    return { bucket: host, key: path === '' ? undefined : path, isVirtualHosted: true }
  const slash = path.indexOf('/')
  if (slash < 0) return { bucket: path === '' ? undefined : path, key: undefined }
  return { bucket: path.slice(0, slash), key: slash === path.length - 1 ? undefined : path.slice(slash + 1) }
}

export function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new S3Error(400, 'InvalidURI', "Couldn't parse the specified URI.")
  }
}

interface Route {
  readonly method: string
  readonly level: 'service' | 'bucket' | 'object'
  /** Query parameters that make a request this one. */
  readonly has?: readonly string[]
  /** Further ones that it may have; another one is something that is not implemented. */
  readonly may?: readonly string[]
  readonly header?: string
}

const overrides = [
  'content-type',
  'content-language',
  'expires',
  'cache-control',
  'content-disposition',
  'content-encoding',
]
const responseOverrides = overrides.map(name => `response-${name}`)
const listing = ['prefix', 'delimiter', 'max-keys', 'encoding-type']

/** In the order in which they are tried. */
const routes = {
  ListBuckets: { method: 'GET', level: 'service', may: ['max-buckets', 'prefix', 'bucket-region'] },
  CreateBucket: { method: 'PUT', level: 'bucket' },
  HeadBucket: { method: 'HEAD', level: 'bucket' },
  DeleteBucket: { method: 'DELETE', level: 'bucket' },
  GetBucketLocation: { method: 'GET', level: 'bucket', has: ['location'] },
  ListObjectsV2: {
    method: 'GET',
    level: 'bucket',
    has: ['list-type'],
    may: [...listing, 'continuation-token', 'start-after', 'fetch-owner'],
  },
  ListObjects: { method: 'GET', level: 'bucket', may: [...listing, 'marker'] },
  DeleteObjects: { method: 'POST', level: 'bucket', has: ['delete'] },
  ListParts: { method: 'GET', level: 'object', has: ['uploadId'], may: ['max-parts', 'part-number-marker'] },
  GetObject: { method: 'GET', level: 'object', may: responseOverrides },
  HeadObject: { method: 'HEAD', level: 'object', may: responseOverrides },
  UploadPartCopy: { method: 'PUT', level: 'object', has: ['partNumber', 'uploadId'], header: 'x-amz-copy-source' },
  UploadPart: { method: 'PUT', level: 'object', has: ['partNumber', 'uploadId'] },
  CopyObject: { method: 'PUT', level: 'object', header: 'x-amz-copy-source' },
  PutObject: { method: 'PUT', level: 'object' },
  AbortMultipartUpload: { method: 'DELETE', level: 'object', has: ['uploadId'] },
  DeleteObject: { method: 'DELETE', level: 'object' },
  CreateMultipartUpload: { method: 'POST', level: 'object', has: ['uploads'] },
  CompleteMultipartUpload: { method: 'POST', level: 'object', has: ['uploadId'] },
} as const satisfies Record<string, Route>

export type OperationName = keyof typeof routes

/** @throws S3Error NotImplemented for what is none of the operations, or one with parameters it does not know here */
export function operationOf(request: LocalRequest, { bucket, key }: Address): OperationName {
  const level = bucket === undefined ? 'service' : key === undefined ? 'bucket' : 'object'
  // `x-id` only repeats the operation's name; presigned URLs carry their signature in X-Amz- parameters and more.
  const ignored = ['x-id', ...(isPresignedV2(request) ? parametersV2 : [])]
  const parameters = [...request.query.keys()].filter(
    name => !ignored.includes(name) && !name.toLowerCase().startsWith('x-amz-'),
  )
  for (const [name, route] of Object.entries<Route>(routes)) {
    const { method, has = [], may = [], header } = route
    if (method !== request.method || route.level !== level) continue
    if (header !== undefined && request.headers[header] === undefined) continue
    if (!has.every(parameter => parameters.includes(parameter))) continue
    if (parameters.every(parameter => has.includes(parameter) || may.includes(parameter))) return name as OperationName
  }
  throw notImplemented(`${request.method} on the ${level} with parameters [${parameters.join(', ')}]`)
}
