import type { ObjectHead } from '../../../shared/store/object-store.js'
import type { LocalRequest } from '../../endpoint.js'
import { type Checksum, type ChecksumType, isChecksumAlgorithm } from './checksum.js'
import { notImplemented, S3Error } from './errors.js'
import { singleHeader } from './payload.js'

/** What an object has beside its bytes, as the store under the service keeps it. */
export interface Attributes {
  readonly contentType: string
  /** The user's metadata by name, and S3's own under names with a colon first, which no header can have. */
  readonly metadata: Readonly<Record<string, string>>
}

const metaPrefix = 'x-amz-meta-'
const checksumName = ':checksum'

/** Headers that come back as they were sent. */
const kept = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'expires',
  'x-amz-storage-class',
  'x-amz-server-side-encryption',
  'x-amz-server-side-encryption-aws-kms-key-id',
  'x-amz-server-side-encryption-bucket-key-enabled',
]

/** Headers that would change what an object means or who may read it. */
const refused = [
  'x-amz-tagging',
  'x-amz-object-lock-mode',
  'x-amz-object-lock-retain-until-date',
  'x-amz-object-lock-legal-hold',
  'x-amz-website-redirect-location',
  'x-amz-server-side-encryption-customer-algorithm',
  'x-amz-grant-read',
  'x-amz-grant-write',
  'x-amz-grant-read-acp',
  'x-amz-grant-write-acp',
  'x-amz-grant-full-control',
  'x-amz-write-offset-bytes',
]

const maxMetadataBytes = 2048
const ownersAcls = ['private', 'bucket-owner-full-control', 'bucket-owner-read']

export function attributesOf(request: LocalRequest): Attributes {
  for (const name of refused) if (request.headers[name] !== undefined) throw notImplemented(`the header ${name}`)
  const acl = singleHeader(request, 'x-amz-acl')
  if (acl !== undefined && !ownersAcls.includes(acl)) throw notImplemented(`the ACL ${acl}`)
  const metadata: Record<string, string> = {}
  for (const name of Object.keys(request.headers)) {
    if (name.startsWith(metaPrefix)) metadata[name.slice(metaPrefix.length)] = singleHeader(request, name)!
  }
  const size = Object.entries(metadata).reduce((sum, [name, value]) => sum + name.length + value.length, 0)
  if (size > maxMetadataBytes) {
    throw new S3Error(400, 'MetadataTooLarge', 'Your metadata headers exceed the maximum allowed metadata size', {
      Size: String(size),
      MaxSizeAllowed: String(maxMetadataBytes),
    })
  }
  for (const name of kept) {
    const value = name === 'content-encoding' ? contentEncoding(request) : singleHeader(request, name)
    if (value !== undefined) metadata[`:${name}`] = value
  }
  return { contentType: singleHeader(request, 'content-type') ?? 'binary/octet-stream', metadata }
}

/** `aws-chunked` is how the request was sent and no property of the object. */
function contentEncoding(request: LocalRequest): string | undefined {
  const encodings = singleHeader(request, 'content-encoding')
    ?.split(',')
    .map(encoding => encoding.trim())
  const real = encodings?.filter(encoding => encoding !== 'aws-chunked' && encoding !== '') ?? []
  return real.length === 0 ? undefined : real.join(',')
}

export function withChecksum(attributes: Attributes, checksum: Checksum): Attributes {
  const { algorithm, value, type } = checksum
  return { ...attributes, metadata: { ...attributes.metadata, [checksumName]: `${algorithm} ${value} ${type}` } }
}

export function keptChecksum({ metadata }: Pick<ObjectHead, 'metadata'>): Checksum | undefined {
  const [algorithm = '', value = '', type = ''] = metadata[checksumName]?.split(' ') ?? []
  return isChecksumAlgorithm(algorithm) ? { algorithm, value, type: type as ChecksumType } : undefined
}

export function checksumHeaders(checksum: Checksum | undefined): Record<string, string> {
  if (checksum === undefined) return {}
  return { [`x-amz-checksum-${checksum.algorithm}`]: checksum.value, 'x-amz-checksum-type': checksum.type }
}

export function encryptionHeaders({ metadata }: Pick<Attributes, 'metadata'>): Record<string, string> {
  const encryption = Object.entries(metadata).filter(([name]) => name.startsWith(':x-amz-server-side-encryption'))
  return {
    'x-amz-server-side-encryption': 'AES256',
    ...Object.fromEntries(encryption.map(([name, value]) => [name.slice(1), value])),
  }
}

/** The headers that GET and HEAD answer for an object. */
export function headersOf(head: ObjectHead): Record<string, string> {
  const headers: Record<string, string> = {
    'content-type': head.contentType ?? 'binary/octet-stream',
    etag: head.etag,
    'last-modified': head.lastModified.toUTCString(),
    'accept-ranges': 'bytes',
    ...encryptionHeaders(head),
  }
  for (const [name, value] of Object.entries(head.metadata)) {
    if (!name.startsWith(':')) headers[metaPrefix + name] = value
    else if (name !== checksumName) headers[name.slice(1)] = value
  }
  return headers
}
