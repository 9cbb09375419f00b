import { InvalidKey, ObjectStoreError } from '../../../shared/store/errors.js'
import { xmlAnswer } from './answer.js'
import { attributesOf, checksumHeaders, encryptionHeaders, keptChecksum, withChecksum } from './attributes.js'
import { type Operation, type S3Call, storeOf } from './call.js'
import { checksumOf } from './checksum.js'
import { checkRead, writeConditions } from './conditions.js'
import { notImplemented, S3Error } from './errors.js'
import { singleHeader } from './payload.js'
import { decode } from './route.js'
import { childText, parseXml, type XmlElement } from './xml.js'

export const putObject: Operation = async call => {
  const store = await storeOf(call, call.bucket)
  const conditions = writeConditions(call.request)
  const attributes = attributesOf(call.request)
  const { body, checksum = checksumOf('crc64nvme', body) } = await call.payload()
  const { etag } = await store.put(call.key, body, { ...withChecksum(attributes, checksum), ...conditions })
  return { status: 200, headers: { etag, ...checksumHeaders(checksum), ...encryptionHeaders(attributes) } }
}

export const deleteObject: Operation = async call => {
  for (const name of ['if-match', 'x-amz-if-match-size', 'x-amz-if-match-last-modified-time']) {
    if (call.request.headers[name] !== undefined) throw notImplemented(`a delete with the condition ${name}`)
  }
  const store = await storeOf(call, call.bucket)
  await store.delete([call.key])
  return { status: 204 }
}

const maxKeysPerDelete = 1000
/** One by one, so that each failure is told of its key; not all at once, for the sake of open files. */
const parallelDeletes = 32

export const deleteObjects: Operation = async call => {
  const store = await storeOf(call, call.bucket)
  const { body } = await call.payload()
  requireChecksum(call)
  const document = parseXml(body.toString('utf8'))
  const objects = document.children.filter(({ name }) => name === 'Object')
  if (document.name !== 'Delete' || objects.length === 0 || objects.length > maxKeysPerDelete) {
    throw new S3Error(400, 'MalformedXML', `A Delete document has 1 to ${maxKeysPerDelete} objects.`)
  }
  const keys = objects.map(keyToDelete)
  const failures = new Map<string, { code: string; message: string }>()
  for (let from = 0; from < keys.length; from += parallelDeletes) {
    const some = keys.slice(from, from + parallelDeletes)
    await Promise.all(some.map(key => store.delete([key]).catch(error => failures.set(key, deleteFailure(error)))))
  }
  const quiet = childText(document, 'Quiet') === 'true'
  return xmlAnswer('DeleteResult', {
    Deleted: quiet ? [] : keys.filter(key => !failures.has(key)).map(key => ({ Key: key })),
    Error: [...failures].map(([key, { code, message }]) => ({ Key: key, Code: code, Message: message })),
  })
}

function deleteFailure(error: unknown): { code: string; message: string } {
  if (error instanceof InvalidKey) return { code: 'KeyTooLongError', message: error.message }
  if (error instanceof ObjectStoreError) return { code: 'InternalError', message: error.message }
  throw error
}

/** S3 takes a list of what to delete only with a checksum of it. */
function requireChecksum({ request }: S3Call): void {
  const names = [...Object.keys(request.headers), singleHeader(request, 'x-amz-trailer') ?? '']
  if (!names.some(name => name === 'content-md5' || name.startsWith('x-amz-checksum-'))) {
    throw new S3Error(
      400,
      'InvalidRequest',
      'Missing required header for this request: Content-MD5 OR x-amz-checksum-*',
    )
  }
}

function keyToDelete(object: XmlElement): string {
  const key = childText(object, 'Key')
  if (key === undefined) throw new S3Error(400, 'MalformedXML', 'An object to delete has no Key.')
  for (const condition of ['VersionId', 'ETag', 'LastModifiedTime', 'Size']) {
    if (childText(object, condition) !== undefined) throw notImplemented(`a delete with ${condition}`)
  }
  return key
}

export const copyObject: Operation = async call => {
  const target = await storeOf(call, call.bucket)
  const source = copySource(call)
  const directive = singleHeader(call.request, 'x-amz-metadata-directive') ?? 'COPY'
  if (directive !== 'COPY' && directive !== 'REPLACE') {
    throw new S3Error(400, 'InvalidArgument', 'Unknown metadata directive.')
  }
  if (singleHeader(call.request, 'x-amz-tagging-directive') === 'REPLACE') throw notImplemented('tags')
  if (directive === 'COPY' && source.bucket === call.bucket && source.key === call.key) {
    const message = 'This copy request is illegal because it is trying to copy an object to itself without changing it.'
    throw new S3Error(400, 'InvalidRequest', message)
  }
  const object = await (await storeOf(call, source.bucket)).get(source.key)
  checkRead(call.request, object, 'x-amz-copy-source-')
  const attributes =
    directive === 'REPLACE'
      ? attributesOf(call.request)
      : { contentType: object.contentType ?? 'binary/octet-stream', metadata: object.metadata }
  const checksum = checksumOf(keptChecksum(object)?.algorithm ?? 'crc64nvme', object.body)
  const { etag } = await target.put(call.key, object.body, {
    ...withChecksum(attributes, checksum),
    ...writeConditions(call.request),
  })
  const { lastModified } = await target.head(call.key)
  return xmlAnswer(
    'CopyObjectResult',
    { LastModified: lastModified, ETag: etag, ...checksumElements(checksum) },
    encryptionHeaders(attributes),
  )
}

/** `ChecksumCRC32` and its like, as S3's documents name them. */
export function checksumElements(checksum: ReturnType<typeof keptChecksum>): Record<string, string> {
  if (checksum === undefined) return {}
  return { [`Checksum${checksum.algorithm.toUpperCase()}`]: checksum.value, ChecksumType: checksum.type }
}

/** `x-amz-copy-source`: bucket and encoded key, with or without a slash first. */
export function copySource({ request }: S3Call): { bucket: string; key: string } {
  const header = singleHeader(request, 'x-amz-copy-source') ?? ''
  const [path = '', version] = header.split('?')
  if (version !== undefined) throw notImplemented('versions of objects')
  const source = decode(path.startsWith('/') ? path.slice(1) : path)
  const slash = source.indexOf('/')
  if (slash <= 0 || slash === source.length - 1) {
    throw new S3Error(
      400,
      'InvalidArgument',
      'Copy Source must mention the source bucket and key: sourcebucket/sourcekey',
    )
  }
  return { bucket: source.slice(0, slash), key: source.slice(slash + 1) }
}
