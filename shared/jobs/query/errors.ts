import type { Diagnostic } from '../../diagnostics/diagnostic.js'

/** A request to the query function is not one: what is wrong with it, and what was expected. */
export class RequestInvalid extends Error {
  override name = 'RequestInvalid'
}

/** The answer has more than the function can answer in one response. */
export class AnswerTooLarge extends Error {
  override name = 'AnswerTooLarge'
  readonly hint: string
  constructor(what: string, hint: string) {
    super(`${what}, and the function answers up to 6 MB at a time`)
    this.hint = hint
  }
}

/** The query is wrong; nothing was run. */
export class DiagnosticsFound extends Error {
  readonly query: string
  readonly diagnostics: readonly Diagnostic[]
  constructor(query: string, diagnostics: readonly Diagnostic[]) {
    super(diagnostics.map(({ message }) => message).join('; '))
    this.name = 'DiagnosticsFound'
    this.query = query
    this.diagnostics = diagnostics
  }
}
