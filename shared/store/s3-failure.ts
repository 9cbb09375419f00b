import { Conflict, InvalidRange, NotFound, ObjectStoreError, PreconditionFailed, Throttled } from './errors.js'

type FailureClass = new (message: string, key: string, options?: ErrorOptions) => ObjectStoreError

/** HEAD answers have no body and so no code: the status decides, and the code only where one status means two things. */
const classOfStatus: Readonly<Record<number, FailureClass>> = {
  404: NotFound,
  409: Conflict,
  412: PreconditionFailed,
  416: InvalidRange,
  429: Throttled,
  503: Throttled,
}

/** The port's error for what the SDK threw, which becomes its cause. */
export function s3Failure(operation: string, key: string, error: unknown): ObjectStoreError {
  if (error instanceof ObjectStoreError) return error
  const { name, message, $metadata } = error as Partial<Error> & { $metadata?: { httpStatusCode?: number } }
  const status = $metadata?.httpStatusCode
  const Failure = (name !== 'NoSuchBucket' && status !== undefined && classOfStatus[status]) || ObjectStoreError
  const said = [status, name, message === name ? '' : message].filter(Boolean).join(' ')
  return new Failure(`${operation}: ${key}: ${said}`, key, { cause: error })
}
