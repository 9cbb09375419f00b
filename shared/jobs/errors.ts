/**
 * CloudWatch Logs refused a request, or did not answer after every retry. `code` is the service's own name for it
 * (`ResourceNotFoundException`, `LimitExceededException`, …), `Unreachable` when no answer came.
 */
export class LogsCallFailed extends Error {
  override name = 'LogsCallFailed'
  readonly operation: string
  readonly code: string

  constructor(operation: string, code: string, cause: unknown) {
    const hint = hints[code] === undefined ? '' : `; ${hints[code]}`
    super(`logs: ${operation}: ${code}: ${cause instanceof Error ? cause.message : String(cause)}${hint}`, { cause })
    this.operation = operation
    this.code = code
  }
}

const notValid = 'the credentials are not valid, or not any more'
const hints: Readonly<Record<string, string>> = {
  CredentialsProviderError: 'log in, or name a profile in AWS_PROFILE',
  ExpiredTokenException: notValid,
  UnrecognizedClientException: notValid,
  InvalidSignatureException: notValid,
  Unreachable: 'is the region right, and is there a network?',
}

/** The service's own text, without the operation and code before it. */
export function serviceMessage(error: LogsCallFailed): string {
  return error.cause instanceof Error ? error.cause.message : error.message
}

/** Whether the service refused a request for this reason; the code is that of the API reference. */
export function isRefusal(error: unknown, code: string): error is LogsCallFailed {
  return error instanceof LogsCallFailed && error.code === code
}

/** Another run of the job holds its lease. It is not waited for: that run does the work. */
export class LeaseHeld extends Error {
  override name = 'LeaseHeld'

  constructor(job: string, holder: string, until: number) {
    super(
      `${job}: another run (${holder}) holds the lease until ${new Date(until).toISOString()}, also if it was killed: try again then`,
    )
  }
}

/** The lease was lost while the job ran, since it was stopped for longer than the lease lasts. Nothing more was done. */
export class LeaseLost extends Error {
  override name = 'LeaseLost'

  constructor(job: string, cause?: unknown) {
    super(`${job}: the lease was taken over by another run`, { cause })
  }
}

/** An object below `state/`, or a saved plan, is not what this release writes. It is not overwritten. */
export class UnreadableState extends Error {
  override name = 'UnreadableState'

  constructor(key: string, reason: string, cause?: unknown) {
    super(`state: ${key}: ${reason}`, { cause })
  }
}

/** An exported file is not what CreateExportTask writes. Nothing of it was imported. */
export class ExportUnreadable extends Error {
  override name = 'ExportUnreadable'
  readonly key: string

  constructor(key: string, reason: string, cause?: unknown) {
    super(`export: ${key} ${reason}`, { cause })
    this.key = key
  }
}

/** There are no exported files, or not where a task writes them. Nothing was imported. */
export class NoExport extends Error {
  override name = 'NoExport'

  constructor(reason: string) {
    super(`import: ${reason}: name the folder of one task, with <stream>/000000.gz in it`)
  }
}

/** A folder that is to be exported to holds an export of something else. Nothing of it was touched. */
export class ExportMismatch extends Error {
  override name = 'ExportMismatch'

  constructor(reason: string, cause?: unknown) {
    super(`export: ${reason}`, { cause })
  }
}
