/** A failure that S3 answers with a code; `details` become further elements of the error document. */
export class S3Error extends Error {
  readonly status: number
  readonly code: string
  readonly details: Readonly<Record<string, string>>
  constructor(status: number, code: string, message: string, details: Readonly<Record<string, string>> = {}) {
    super(message)
    this.name = 'S3Error'
    this.status = status
    this.code = code
    this.details = details
  }
}

export function notImplemented(what: string): S3Error {
  return new S3Error(501, 'NotImplemented', `The local S3 service does not implement ${what}.`)
}

export function preconditionFailed(condition: string): S3Error {
  const message = 'At least one of the pre-conditions you specified did not hold'
  return new S3Error(412, 'PreconditionFailed', message, { Condition: condition })
}
