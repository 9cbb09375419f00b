import {
  Conflict,
  InvalidKey,
  InvalidRange,
  NotFound,
  ObjectStoreError,
  PreconditionFailed,
  StorageFull,
} from '../../../shared/store/errors.js'
import type { LocalRequest } from '../../endpoint.js'
import type { Answer } from './answer.js'
import { preconditionFailed, S3Error } from './errors.js'
import { xmlError } from './xml.js'

/** The error document of S3 for whatever an operation threw; what is not a known failure is told to `onError`. */
export function errorAnswer(request: LocalRequest, error: unknown, onError?: (error: unknown) => void): Answer {
  const known = s3ErrorOf(request, error)
  if (known.status === 500 && !(error instanceof S3Error)) onError?.(error)
  const body = xmlError({
    Code: known.code,
    Message: known.message,
    ...known.details,
    Resource: request.path,
    RequestId: request.id,
    HostId: Buffer.from(request.id).toString('base64'),
  })
  return { status: known.status, headers: { 'content-type': 'application/xml' }, body }
}

function s3ErrorOf(request: LocalRequest, error: unknown): S3Error {
  if (error instanceof S3Error) return error
  if (!(error instanceof ObjectStoreError)) return internal('We encountered an internal error. Please try again.')
  const { key } = error
  if (error instanceof NotFound) {
    return new S3Error(404, 'NoSuchKey', 'The specified key does not exist.', { Key: key })
  }
  if (error instanceof PreconditionFailed) {
    return preconditionFailed(request.headers['if-none-match'] === undefined ? 'If-Match' : 'If-None-Match')
  }
  if (error instanceof Conflict) {
    const message = 'A conflicting conditional operation is currently in progress against this resource.'
    return new S3Error(409, 'ConditionalRequestConflict', message, { Key: key })
  }
  if (error instanceof InvalidRange) {
    return new S3Error(416, 'InvalidRange', 'The requested range is not satisfiable')
  }
  if (error instanceof InvalidKey) return new S3Error(400, 'KeyTooLongError', error.message)
  // Not one that SDKs would try again.
  if (error instanceof StorageFull) return new S3Error(507, 'InsufficientStorage', error.message, { Key: key })
  return internal(error.message)
}

function internal(message: string): S3Error {
  return new S3Error(500, 'InternalError', message)
}
