/** Marks a branch the types rule out; reaching it is a bug in Tailrace, never a user's mistake. */
export function unreachable(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`)
}
