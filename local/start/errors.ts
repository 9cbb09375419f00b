/**
 * The one-machine system cannot start or go on. The message is for the person at the terminal, a paragraph: what
 * happened, why, and what to do.
 */
export class StartFailed extends Error {
  override name = 'StartFailed'
}
