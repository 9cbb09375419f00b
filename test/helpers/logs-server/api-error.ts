/** What the API answers in place of a result. Texts are those recorded on AWS where there are records. */
export class ApiError extends Error {
  readonly code: string
  readonly status: number
  constructor(code: string, message: string, status = 400) {
    super(message)
    this.code = code
    this.status = status
  }
}

export const throttled = () => new ApiError('ThrottlingException', 'Rate exceeded')
export const unavailable = () => new ApiError('ServiceUnavailableException', 'Service Unavailable', 503)
export const noGroup = () => new ApiError('ResourceNotFoundException', 'The specified log group does not exist.')
export const limitExceeded = () => new ApiError('LimitExceededException', 'Resource limit exceeded.')
export const invalid = (message: string) => new ApiError('InvalidParameterException', message)

/** The sentence of every violated constraint. */
export function violation(value: unknown, member: string, rule: string): ApiError {
  return invalid(
    `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: Member must ${rule}`,
  )
}
