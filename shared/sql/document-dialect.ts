import type { Sql } from './fragment.js'

/**
 * How an engine reads JSON and fields for filter patterns, whose rules are stricter than those of the JSON functions of any
 * engine: of members of one name the last counts, a number is also the text as it is written, and nothing but JSON is JSON.
 *
 * A tagged document is the way to all of that: the same JSON with an `s` before every text and name, and each number as a
 * text of `n` and its characters. So no engine reads, rounds or writes a number, and the rest it does read is strict.
 */
export interface DocumentDialect {
  /** The text where it is a JSON object or array, else null. Escapes of lone surrogates, which engines refuse, are mended. */
  document(text: Sql): Sql
  tagged(document: Sql): Sql
  /** What names lead to in objects, the last member of each name, and numbers in arrays; null where something is missing. */
  walk(json: Sql, steps: readonly (string | number)[]): Sql
  /** As a list: elements of an array, or the values of an object, the last one of each name. */
  elements(json: Sql): Sql
  members(json: Sql): Sql
  some(list: Sql, name: string, test: Sql): Sql
  /** The characters of a JSON string, null of anything else. */
  string(json: Sql): Sql
  /** As it is written, at least its beginning. */
  source(json: Sql): Sql

  /** A double, infinite beyond what one can hold; the text is a number. */
  double(text: Sql): Sql
  /** The fields that `split-fields.ts` cuts a text into, as a list of texts with the marks and blanks around them. */
  fields(text: Sql): Sql
  count(list: Sql): Sql
  /** From 1, or from the end where negative; null beyond the ends. */
  at(list: Sql, position: number): Sql
  /** Without the blanks and tabs at its end. */
  trimEnd(text: Sql): Sql
  /** The text of all fields from one on. */
  joinFrom(list: Sql, position: number): Sql

  /** A faster way for documents of which the engine's own functions are sure to say the same, where it has one. */
  readonly direct?: DirectDialect
}

export interface DirectDialect {
  /** Whether a text is JSON for the engine, if not for us. */
  isJson(text: Sql): Sql
  /** What stands at the paths, as a list; null for paths that the engine cannot follow as we do. */
  extract(text: Sql, paths: readonly (readonly (string | number)[])[]): Sql | null
  /** Whether a text that is JSON for the engine is none for us. */
  isLoose(text: Sql): Sql
  /** Whether some member on the way to a place may have another of its name beside it. */
  hasTwins(text: Sql, path: readonly (string | number)[]): Sql
  /** Whether a JSON value is a number that the engine would write in another way. */
  isRewritten(json: Sql, text: Sql): Sql
}
