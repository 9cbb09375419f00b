import type { ObjectEntry, ObjectStore } from '../../../shared/store/object-store.js'
import { xmlAnswer } from './answer.js'
import { type Operation, type S3Call, storeOf } from './call.js'
import { S3Error } from './errors.js'

interface Page {
  readonly contents: readonly ObjectEntry[]
  readonly prefixes: readonly string[]
  /** The last key or common prefix of a page that is not the last. */
  readonly next: string | undefined
}

interface PageOptions {
  readonly prefix: string
  readonly delimiter: string
  readonly maxKeys: number
  readonly after: string | undefined
}

export const listObjectsV2: Operation = async call => {
  const { query } = call.request
  if (query.get('list-type') !== '2') throw invalidArgument('list-type', query.get('list-type'))
  const token = query.get('continuation-token') ?? undefined
  const startAfter = query.get('start-after') ?? undefined
  const options = { ...pageOptions(call), after: token === undefined ? startAfter : readToken(token) }
  const page = await pageOf(await storeOf(call, call.bucket), options)
  const encode = encoder(call)
  const owner = query.get('fetch-owner') === 'true' ? { Owner: { ID: '123456789012' } } : {}
  return xmlAnswer('ListBucketResult', {
    Name: call.bucket,
    Prefix: encode(options.prefix),
    Delimiter: options.delimiter === '' ? undefined : encode(options.delimiter),
    StartAfter: startAfter === undefined ? undefined : encode(startAfter),
    MaxKeys: options.maxKeys,
    KeyCount: page.contents.length + page.prefixes.length,
    IsTruncated: page.next !== undefined,
    ContinuationToken: token,
    NextContinuationToken: page.next === undefined ? undefined : makeToken(page.next),
    EncodingType: query.get('encoding-type') ?? undefined,
    ...elementsOf(page, encode, owner),
  })
}

export const listObjects: Operation = async call => {
  const { query } = call.request
  const marker = query.get('marker') ?? ''
  const options = { ...pageOptions(call), after: marker === '' ? undefined : marker }
  const page = await pageOf(await storeOf(call, call.bucket), options)
  const encode = encoder(call)
  const next = page.next === undefined ? undefined : encode(page.next)
  return xmlAnswer('ListBucketResult', {
    Name: call.bucket,
    Prefix: encode(options.prefix),
    Marker: encode(marker),
    Delimiter: options.delimiter === '' ? undefined : encode(options.delimiter),
    MaxKeys: options.maxKeys,
    IsTruncated: page.next !== undefined,
    // Without a delimiter clients go on from the last key.
    NextMarker: options.delimiter === '' ? undefined : next,
    EncodingType: query.get('encoding-type') ?? undefined,
    ...elementsOf(page, encode, { Owner: { ID: '123456789012' } }),
  })
}

function elementsOf(page: Page, encode: (key: string) => string, owner: { Owner?: { ID: string } }) {
  return {
    Contents: page.contents.map(({ key, lastModified, etag, size }) => ({
      Key: encode(key),
      LastModified: lastModified,
      ETag: etag,
      Size: size,
      StorageClass: 'STANDARD',
      ...owner,
    })),
    CommonPrefixes: page.prefixes.map(prefix => ({ Prefix: encode(prefix) })),
  }
}

/** Keys and common prefixes in one order, as many as a page holds. */
async function pageOf(store: ObjectStore, options: PageOptions): Promise<Page> {
  const { prefix, delimiter, maxKeys, after } = options
  const contents: ObjectEntry[] = []
  const prefixes: string[] = []
  let last: string | undefined
  // A page that ended with a common prefix goes on behind all that is in it.
  const done = after === undefined ? undefined : commonPrefix(after, prefix, delimiter)
  let group = done === after ? done : undefined
  let from = group === undefined ? after : behind(group)
  for (;;) {
    let skipped = false
    for await (const entry of store.list(prefix, from === undefined ? {} : { after: from })) {
      const common = commonPrefix(entry.key, prefix, delimiter)
      if (common !== undefined && common === group) continue
      if (contents.length + prefixes.length === maxKeys)
        return { contents, prefixes, next: maxKeys === 0 ? undefined : last }
      if (common === undefined) {
        contents.push(entry)
        last = entry.key
        continue
      }
      prefixes.push(common)
      last = common
      group = common
      // What is below the common prefix need not be read.
      from = behind(common)
      skipped = true
      break
    }
    if (!skipped) return { contents, prefixes, next: undefined }
  }
}

/** The part of a key up to the first delimiter behind the prefix; undefined for a key that has none. */
function commonPrefix(key: string, prefix: string, delimiter: string): string | undefined {
  if (delimiter === '' || !key.startsWith(prefix)) return undefined
  const found = key.indexOf(delimiter, prefix.length)
  return found < 0 ? undefined : key.slice(0, found + delimiter.length)
}

/** Sorts behind nearly all keys that begin with the prefix; those that remain are told by their group. */
function behind(prefix: string): string {
  return `${prefix}\u{10ffff}`
}

function pageOptions({ request }: S3Call): Omit<PageOptions, 'after'> {
  const { query } = request
  const maxKeys = query.get('max-keys') ?? '1000'
  if (!/^\d{1,9}$/.test(maxKeys)) throw invalidArgument('max-keys', maxKeys)
  const encoding = query.get('encoding-type')
  if (encoding !== null && encoding !== 'url') throw invalidArgument('encoding-type', encoding)
  return {
    prefix: query.get('prefix') ?? '',
    delimiter: query.get('delimiter') ?? '',
    maxKeys: Math.min(1000, Number(maxKeys)),
  }
}

/** `encoding-type=url`: as forms encode, but for the slash. */
function encoder({ request }: S3Call): (key: string) => string {
  if (request.query.get('encoding-type') !== 'url') return key => key
  return key =>
    encodeURIComponent(key)
      .replace(/[!'()~]/g, mark => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`)
      .replaceAll('%20', '+')
      .replaceAll('%2F', '/')
}

function makeToken(last: string): string {
  return Buffer.from(last).toString('base64url')
}

function readToken(token: string): string {
  const last = Buffer.from(token, 'base64url').toString('utf8')
  if (last === '' || makeToken(last) !== token) {
    throw new S3Error(400, 'InvalidArgument', 'The continuation token provided is incorrect')
  }
  return last
}

function invalidArgument(name: string, value: string | null): S3Error {
  return new S3Error(400, 'InvalidArgument', `Invalid value for ${name}`, {
    ArgumentName: name,
    ArgumentValue: value ?? '',
  })
}
