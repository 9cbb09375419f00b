import type { PutOptions } from '../../../shared/store/object-store.js'
import type { LocalRequest } from '../../endpoint.js'
import { notImplemented, preconditionFailed, S3Error } from './errors.js'
import { singleHeader } from './payload.js'

interface Version {
  readonly etag: string
  readonly lastModified: Date
}

/**
 * Holds an object against the conditions of a read, or of the source of a copy (`prefix` `x-amz-copy-source-`).
 * @returns 'not-modified' when a GET or HEAD is to be answered 304
 * @throws S3Error PreconditionFailed
 */
export function checkRead(request: LocalRequest, version: Version, prefix = ''): 'send' | 'not-modified' {
  const header = (name: string) => singleHeader(request, prefix + name)
  const [match, noneMatch] = [header('if-match'), header('if-none-match')]
  // HTTP keeps times in whole seconds.
  const modified = Math.floor(version.lastModified.getTime() / 1000) * 1000
  const unmodifiedSince = timeOf(header('if-unmodified-since'))
  const modifiedSince = timeOf(header('if-modified-since'))
  if (match !== undefined) {
    if (!names(match, version.etag)) throw preconditionFailed('If-Match')
  } else if (unmodifiedSince !== undefined && modified > unmodifiedSince) {
    throw preconditionFailed('If-Unmodified-Since')
  }
  const unchanged =
    noneMatch !== undefined ? names(noneMatch, version.etag) : modifiedSince !== undefined && modified <= modifiedSince
  if (!unchanged) return 'send'
  if (prefix === '') return 'not-modified'
  throw preconditionFailed('x-amz-copy-source-If-None-Match')
}

/** The conditions of a write. */
export function writeConditions(request: LocalRequest): Pick<PutOptions, 'ifNoneMatch' | 'ifMatch'> {
  const ifNoneMatch = singleHeader(request, 'if-none-match')
  const ifMatch = singleHeader(request, 'if-match')
  if (ifNoneMatch !== undefined && ifMatch !== undefined) {
    throw new S3Error(400, 'InvalidRequest', 'If-Match and If-None-Match cannot be used together.')
  }
  if (ifNoneMatch !== undefined) {
    if (ifNoneMatch !== '*') throw notImplemented('If-None-Match of a write with another value than *')
    return { ifNoneMatch }
  }
  return ifMatch === undefined ? {} : { ifMatch: quoted(ifMatch) }
}

function names(condition: string, etag: string): boolean {
  return condition.split(',').some(candidate => candidate.trim() === '*' || quoted(candidate.trim()) === etag)
}

export function quoted(etag: string): string {
  return etag.startsWith('"') ? etag : `"${etag}"`
}

/** A date that cannot be read is no condition. */
function timeOf(header: string | undefined): number | undefined {
  const time = Date.parse(header ?? '')
  return Number.isNaN(time) ? undefined : time
}
