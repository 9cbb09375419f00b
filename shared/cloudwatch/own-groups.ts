/**
 * Log groups that Tailrace's own functions write to. Their events are refused in the data path: one stored event would
 * make the next invocation log, and that log would be stored.
 */
export function isOwnGroup(stack: string, logGroup: string): boolean {
  return logGroup.startsWith(`/aws/lambda/${stack}-`)
}
