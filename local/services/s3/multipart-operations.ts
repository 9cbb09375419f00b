import { createHash } from 'node:crypto'
import type { Answer } from './answer.js'
import { xmlAnswer } from './answer.js'
import { attributesOf, encryptionHeaders, withChecksum } from './attributes.js'
import { type Operation, type S3Call, storeOf } from './call.js'
import { type Checksum, type ChecksumType, checksumOf, compositeChecksum, isChecksumAlgorithm } from './checksum.js'
import { checkRead, quoted, writeConditions } from './conditions.js'
import { S3Error } from './errors.js'
import { maxBodyBytes, singleHeader } from './payload.js'
import { parseRange } from './read-operations.js'
import {
  createUpload,
  listParts,
  maxParts,
  openUpload,
  type Part,
  putPart,
  readPart,
  removeUpload,
  type Upload,
} from './uploads.js'
import { checksumElements, copySource } from './write-operations.js'
import { childText, parseXml, type XmlElement } from './xml.js'

const minPartBytes = 5 * 1024 * 1024

export const createMultipartUpload: Operation = async call => {
  await storeOf(call, call.bucket)
  const algorithm = (singleHeader(call.request, 'x-amz-checksum-algorithm') ?? 'crc64nvme').toLowerCase()
  if (!isChecksumAlgorithm(algorithm)) {
    throw new S3Error(400, 'InvalidRequest', 'Checksum algorithm provided is unsupported.')
  }
  const checksumType = singleHeader(call.request, 'x-amz-checksum-type') ?? defaultType(algorithm)
  if (checksumType !== 'COMPOSITE' && checksumType !== 'FULL_OBJECT') {
    throw new S3Error(400, 'InvalidRequest', 'Value for x-amz-checksum-type header is invalid.')
  }
  if (
    algorithm === 'crc64nvme'
      ? checksumType === 'COMPOSITE'
      : algorithm.startsWith('sha') && checksumType !== 'COMPOSITE'
  ) {
    throw new S3Error(400, 'InvalidRequest', `The ${checksumType} checksum type cannot be used with ${algorithm}.`)
  }
  const attributes = attributesOf(call.request)
  const { bucket, key } = call
  const id = await createUpload(call.buckets.uploads, { bucket, key, attributes, algorithm, checksumType })
  return xmlAnswer(
    'InitiateMultipartUploadResult',
    { Bucket: bucket, Key: key, UploadId: id },
    {
      ...encryptionHeaders(attributes),
      'x-amz-checksum-algorithm': algorithm.toUpperCase(),
      'x-amz-checksum-type': checksumType,
    },
  )
}

function defaultType(algorithm: string): ChecksumType {
  return algorithm === 'crc64nvme' ? 'FULL_OBJECT' : 'COMPOSITE'
}

export const uploadPart: Operation = async call => {
  const { upload, id } = await uploadOf(call)
  const number = partNumber(call)
  const { body, checksum } = await call.payload()
  if (checksum !== undefined && checksum.algorithm !== upload.algorithm && upload.checksumType === 'COMPOSITE') {
    const message = `Checksum Type mismatch occurred, expected checksum Type: ${upload.algorithm}, actual checksum Type: ${checksum.algorithm}`
    throw new S3Error(400, 'InvalidRequest', message)
  }
  const { value } = checksumOf(upload.algorithm, body)
  const { etag } = await putPart(call.buckets.uploads, id, { number, body, checksum: value })
  return {
    status: 200,
    headers: { etag, [`x-amz-checksum-${upload.algorithm}`]: value, ...encryptionHeaders(upload.attributes) },
  }
}

export const uploadPartCopy: Operation = async call => {
  const { upload, id } = await uploadOf(call)
  const number = partNumber(call)
  const source = copySource(call)
  const rangeHeader = singleHeader(call.request, 'x-amz-copy-source-range')
  const range = parseRange(rangeHeader)
  if (rangeHeader !== undefined && (range === undefined || 'suffix' in range || range.end === undefined)) {
    throw new S3Error(400, 'InvalidArgument', 'The x-amz-copy-source-range value must be of the form bytes=first-last')
  }
  const object = await (await storeOf(call, source.bucket)).get(source.key, range === undefined ? {} : { range })
  checkRead(call.request, object, 'x-amz-copy-source-')
  const checksum = checksumOf(upload.algorithm, object.body).value
  const { etag } = await putPart(call.buckets.uploads, id, { number, body: object.body, checksum })
  const [part] = (await listParts(call.buckets.uploads, id)).filter(found => found.number === number)
  return xmlAnswer('CopyPartResult', { LastModified: part?.lastModified, ETag: etag })
}

export const listUploadedParts: Operation = async call => {
  const { upload, id } = await uploadOf(call)
  const { query } = call.request
  const marker = Number(query.get('part-number-marker') ?? 0)
  const limit = Math.min(1000, Number(query.get('max-parts') ?? 1000))
  const parts = (await listParts(call.buckets.uploads, id)).filter(({ number }) => number > marker)
  const page = parts.slice(0, limit)
  return xmlAnswer('ListPartsResult', {
    Bucket: call.bucket,
    Key: call.key,
    UploadId: id,
    PartNumberMarker: marker,
    NextPartNumberMarker: page.at(-1)?.number,
    MaxParts: limit,
    IsTruncated: parts.length > page.length,
    StorageClass: 'STANDARD',
    ChecksumAlgorithm: upload.algorithm.toUpperCase(),
    ChecksumType: upload.checksumType,
    Part: page.map(({ number, lastModified, etag, size, checksum }) => ({
      PartNumber: number,
      LastModified: lastModified,
      ETag: etag,
      Size: size,
      [`Checksum${upload.algorithm.toUpperCase()}`]: checksum,
    })),
  })
}

export const abortMultipartUpload: Operation = async call => {
  const { id } = await uploadOf(call)
  await removeUpload(call.buckets.uploads, id)
  return { status: 204 }
}

export const completeMultipartUpload: Operation = async call => {
  const store = await storeOf(call, call.bucket)
  const { upload, id } = await uploadOf(call)
  const conditions = writeConditions(call.request)
  const document = await readDocument(call)
  const parts = chosenParts(document, await listParts(call.buckets.uploads, id), upload)
  const bodies: Uint8Array[] = []
  for (const part of parts) bodies.push(await readPart(call.buckets.uploads, id, part.number))
  const body = Buffer.concat(bodies)
  const checksum = checksumOfUpload(upload, parts, body)
  const expected = singleHeader(call.request, `x-amz-checksum-${upload.algorithm}`)
  if (expected !== undefined && expected !== checksum.value) {
    throw new S3Error(400, 'BadDigest', `The ${upload.algorithm} you specified did not match the calculated checksum.`)
  }
  const size = singleHeader(call.request, 'x-amz-mp-object-size')
  if (size !== undefined && Number(size) !== body.length) {
    throw new S3Error(400, 'InvalidRequest', 'The provided x-amz-mp-object-size does not match what was computed.')
  }
  const etag = etagOfParts(parts)
  await store.put(call.key, body, { ...withChecksum(upload.attributes, checksum), ...conditions, etag })
  await removeUpload(call.buckets.uploads, id)
  return completed(call, etag, checksum, upload)
}

function completed(call: S3Call, etag: string, checksum: Checksum, upload: Upload): Answer {
  const path = call.key.split('/').map(encodeURIComponent).join('/')
  return xmlAnswer(
    'CompleteMultipartUploadResult',
    {
      Location: `http://${call.request.headers.host ?? 'localhost'}/${call.bucket}/${path}`,
      Bucket: call.bucket,
      Key: call.key,
      ETag: etag,
      ...checksumElements(checksum),
    },
    encryptionHeaders(upload.attributes),
  )
}

/**
 * The body is the list of parts; a checksum in the headers is of the object to be made, and not of this body, which
 * `payload` would hold it against.
 */
async function readDocument(call: S3Call): Promise<XmlElement> {
  const headers = Object.entries(call.request.headers).filter(([name]) => !name.startsWith('x-amz-checksum-'))
  const { body } = await call.payload({ ...call.request, headers: Object.fromEntries(headers) })
  const element = parseXml(body.toString('utf8'))
  if (element.name !== 'CompleteMultipartUpload' || element.children.length === 0) {
    throw new S3Error(400, 'MalformedXML', 'A CompleteMultipartUpload document lists the parts.')
  }
  return element
}

/** Holds the parts that the client names against those that are there. */
function chosenParts(document: XmlElement, uploaded: readonly Part[], upload: Upload): Part[] {
  const byNumber = new Map(uploaded.map(part => [part.number, part]))
  let previous = 0
  const chosen = document.children
    .filter(({ name }) => name === 'Part')
    .map(element => {
      const number = Number(childText(element, 'PartNumber'))
      if (!(number > previous)) {
        throw new S3Error(400, 'InvalidPartOrder', 'The list of parts was not in ascending order.')
      }
      previous = number
      const part = byNumber.get(number)
      const checksum = childText(element, `Checksum${upload.algorithm.toUpperCase()}`)
      const isRight =
        part?.etag === quoted(childText(element, 'ETag') ?? '') && (checksum ?? part.checksum) === part.checksum
      if (part === undefined || !isRight) {
        const message =
          'One or more of the specified parts could not be found, or its entity tag or checksum did not match.'
        throw new S3Error(400, 'InvalidPart', message, { PartNumber: String(number) })
      }
      return part
    })
  const small = chosen.slice(0, -1).find(({ size }) => size < minPartBytes)
  if (small !== undefined) {
    throw new S3Error(400, 'EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size', {
      PartNumber: String(small.number),
      ProposedSize: String(small.size),
      MinSizeAllowed: String(minPartBytes),
    })
  }
  if (chosen.reduce((sum, { size }) => sum + size, 0) > maxBodyBytes) {
    throw new S3Error(400, 'EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size')
  }
  return chosen
}

function checksumOfUpload(upload: Upload, parts: readonly Part[], body: Uint8Array): Checksum {
  if (upload.checksumType === 'FULL_OBJECT') return checksumOf(upload.algorithm, body)
  return compositeChecksum(
    upload.algorithm,
    parts.map(({ checksum }) => checksum),
  )
}

/** The MD5 of the parts' MD5s, and how many they are. */
function etagOfParts(parts: readonly Part[]): string {
  const hash = createHash('md5')
  for (const { etag } of parts) hash.update(Buffer.from(etag.slice(1, -1), 'hex'))
  return `"${hash.digest('hex')}-${parts.length}"`
}

async function uploadOf(call: S3Call): Promise<{ upload: Upload; id: string }> {
  await storeOf(call, call.bucket)
  const id = call.request.query.get('uploadId') ?? ''
  return { upload: await openUpload(call.buckets.uploads, id, call.bucket, call.key), id }
}

function partNumber({ request }: S3Call): number {
  const number = Number(request.query.get('partNumber'))
  if (Number.isInteger(number) && number >= 1 && number <= maxParts) return number
  throw new S3Error(400, 'InvalidArgument', `Part number must be an integer between 1 and ${maxParts}, inclusive`)
}
