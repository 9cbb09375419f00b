/**
 * What redaction is to the ingest path. A redactor is built once per rule of `pipeline.yml` and used for every message,
 * so it must be linear in the message whatever the message holds.
 */
export interface Redactor {
  /**
   * Replaces every match by `[REDACTED:<name>]`; the text itself when nothing matched. A JSON message stays valid JSON
   * (a bare number becomes a quoted marker). Adds the number of matches per identifier to `counts`.
   */
  redact(text: string, counts: RedactionCounts): string
  /** Changes whenever the same text could be redacted differently: names, patterns and `redactionVersion`. */
  readonly fingerprint: string
}

/** Identifier name → matches. Never holds any part of a message. */
export type RedactionCounts = Map<string, number>

/** One of the named identifiers, or a pattern of the user's own in the syntax of RE2. */
export type RedactionRule = { readonly identifier: string } | { readonly name: string; readonly pattern: string }
