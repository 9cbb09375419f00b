import { createHash } from 'node:crypto'

/** An object as a listing or a manifest names it. */
export interface ObjectVersion {
  readonly key: string
  readonly size: number
  /** Null for files that are never written twice under one name. */
  readonly etag: string | null
}

/**
 * Names in the cache: `<object>-<parts>-<bytes>.parquet` and `<object>-footer-<bytes>`, where `<object>` stands for the
 * store, the key, the ETag and the size, so that a part is never taken for that of another object or version; `<parts>`
 * for what of it the file holds, with a `q` behind it where it was written again to be read more quickly; and `<bytes>` for how
 * long the file must be, which one that was cut off by a crash is not.
 */
export function objectName(place: string, { key, size, etag }: ObjectVersion): string {
  return digest([place, key, etag ?? '', String(size)]).slice(0, 32)
}

export function partsName(rowGroups: readonly number[], columns: readonly string[]): string {
  return digest([rowGroups.join(','), ...columns.toSorted()]).slice(0, 16)
}

export function rewrittenName({ object, parts }: CachedName): Omit<CachedName, 'bytes'> {
  return { object, parts: `${parts}q` }
}

export function isRewritten({ parts }: CachedName): boolean {
  return parts.endsWith('q')
}

export interface CachedName {
  readonly object: string
  readonly parts: string
  readonly bytes: number
}

export function readCachedName(name: string): CachedName | null {
  const match = /^([0-9a-f]{32})-([0-9a-f]{16}q?|whole|footer)-(\d{1,15})$/.exec(name)
  return match === null ? null : { object: match[1]!, parts: match[2]!, bytes: Number(match[3]) }
}

export function cachedName({ object, parts, bytes }: CachedName): string {
  return `${object}-${parts}-${bytes}`
}

function digest(parts: readonly string[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(`${part.length}:${part}`)
  return hash.digest('hex')
}
