/** A request to a function that Lambda refuses before it runs anything: status and code as on the wire. */
export class InvocationRefused extends Error {
  readonly status: number
  readonly code: string
  constructor(status: number, code: string, message: string) {
    super(message)
    this.name = 'InvocationRefused'
    this.status = status
    this.code = code
  }
}

/** The package of a function is missing, or is not a zip. */
export class PackageUnreadable extends Error {
  constructor(file: string, cause: unknown) {
    super(`lambda: ${file}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
    this.name = 'PackageUnreadable'
  }
}
