/**
 * Whether a service said a definite no, such as AccessDenied: the request was understood and is the fault of who sent it,
 * so it was not applied and asking again will not help.
 */
export function isRefusal(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { $metadata: metadata } = cause as { $metadata?: { httpStatusCode?: number } }
    const status = metadata?.httpStatusCode
    if (status !== undefined) return status >= 400 && status < 500 && !passing.test(cause.name)
  }
  return false
}

const passing = /Thrott|TooMany|RequestLimit|SlowDown|Timeout|ConditionalRequestConflict|PreconditionFailed/i
