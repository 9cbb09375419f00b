/**
 * Log groups that Tailrace's own functions write to. Their events are refused in the data path: one stored event would
 * make the next invocation log, and that log would be stored.
 */
export function isOwnGroup(stack: string, logGroup: string): boolean {
  return logGroup.startsWith(`/aws/lambda/${stack}-`)
}

/** The functions of a stack; each writes to a log group of its own, which is there from its first deployment on. */
export const functionNames = [
  'commit',
  'compact',
  'export',
  'ingest',
  'query',
  'reconcile',
  'replay',
  'retain',
  'subscribe',
] as const

/** The names of all groups that the functions of a stack write to, whether they are there or not. */
export function ownGroups(stack: string): readonly string[] {
  return functionNames.map(name => `/aws/lambda/${stack}-${name}`)
}
