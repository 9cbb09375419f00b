import { randomBytes } from 'node:crypto'
import { NotFound } from '../../../shared/store/errors.js'
import type { KeepingStore } from '../../../shared/store/keeping-store.js'
import type { Attributes } from './attributes.js'
import type { ChecksumAlgorithm, ChecksumType } from './checksum.js'
import { S3Error } from './errors.js'

/** An upload in parts that is not complete: a small document, and an object for each part. */
export interface Upload {
  readonly bucket: string
  readonly key: string
  readonly attributes: Attributes
  readonly algorithm: ChecksumAlgorithm
  readonly checksumType: ChecksumType
}

export interface Part {
  readonly number: number
  readonly size: number
  readonly etag: string
  readonly lastModified: Date
  /** Base64, of the upload's algorithm. */
  readonly checksum: string
}

export const maxParts = 10_000

export async function createUpload(uploads: KeepingStore, upload: Upload): Promise<string> {
  const id = randomBytes(16).toString('hex')
  await uploads.put(documentKey(id), Buffer.from(JSON.stringify(upload)))
  return id
}

/** @throws S3Error NoSuchUpload when there is none of the id for the key */
export async function openUpload(uploads: KeepingStore, id: string, bucket: string, key: string): Promise<Upload> {
  const upload = /^[0-9a-f]{32}$/.test(id) ? await readDocument(uploads, id) : undefined
  if (upload?.bucket === bucket && upload.key === key) return upload
  const message =
    'The specified multipart upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.'
  throw new S3Error(404, 'NoSuchUpload', message, { UploadId: id })
}

export async function putPart(
  uploads: KeepingStore,
  id: string,
  part: { number: number; body: Uint8Array; checksum: string },
): Promise<{ etag: string }> {
  return uploads.put(partKey(id, part.number), part.body, { metadata: { checksum: part.checksum } })
}

export async function listParts(uploads: KeepingStore, id: string): Promise<Part[]> {
  const parts: Part[] = []
  for await (const { key, size, etag, lastModified } of uploads.list(`${id}/part-`)) {
    const { metadata } = await uploads.head(key)
    const number = Number(key.slice(`${id}/part-`.length, -'.bin'.length))
    parts.push({ number, size, etag, lastModified, checksum: metadata.checksum ?? '' })
  }
  return parts
}

export async function readPart(uploads: KeepingStore, id: string, number: number): Promise<Uint8Array> {
  return (await uploads.get(partKey(id, number))).body
}

export async function removeUpload(uploads: KeepingStore, id: string): Promise<void> {
  await uploads.delete([documentKey(id)])
  const keys: string[] = []
  for await (const { key } of uploads.list(`${id}/`)) keys.push(key)
  await uploads.delete(keys)
}

function documentKey(id: string): string {
  return `${id}/upload.json`
}

function partKey(id: string, number: number): string {
  return `${id}/part-${String(number).padStart(5, '0')}.bin`
}

async function readDocument(uploads: KeepingStore, id: string): Promise<Upload | undefined> {
  try {
    return JSON.parse(Buffer.from((await uploads.get(documentKey(id))).body).toString('utf8')) as Upload
  } catch (error) {
    if (error instanceof NotFound) return undefined
    throw error
  }
}
