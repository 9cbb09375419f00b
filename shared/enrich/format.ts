/**
 * What a log format is to the ingest path: a name, ways to recognise it, and a parser that either understands a line
 * or says so by returning undefined. Formats are plain values, one file each under `formats/`, listed in `formats.ts`.
 */

/** Severity after mapping every producer's spelling onto one scale. */
export type Level = 'TRACE' | 'DEBUG' | 'INFO' | 'WARN' | 'ERROR' | 'FATAL'

/** The line being read. `json()` parses once, however many formats and filters ask. */
export interface Line {
  readonly message: string
  readonly logGroup: string
  readonly logStream: string
  /** The message as a JSON object, or undefined when it is not one (an array or a scalar counts as not one). */
  json(): JsonObject | undefined
}

export type JsonObject = { readonly [key: string]: unknown }

/**
 * Fields of a line that is not JSON. Keys are unique within a line; formats with fixed columns share one `keys` array.
 * Those with `isPlain` can be read out of the message again by a rule of `plain-lines.ts`.
 */
export type Fields = ListedFields | SpanFields | ColumnFields

/** Parallel arrays; a null value means that the line has no such field, and it is left out of the row. */
export interface ListedFields {
  readonly keys: readonly string[]
  readonly values: readonly (string | null)[]
}

/** Start and end in `text` of each key's value; a negative start means that the line has no such field. */
export interface SpanFields {
  readonly keys: readonly string[]
  readonly text: string
  readonly spans: readonly number[]
  readonly isPlain?: boolean
}

/** Every key has a value, and `text` is those values with one blank between each two: cut up only where they are written. */
export interface ColumnFields {
  readonly keys: readonly string[]
  readonly text: string
  readonly isPlain?: boolean
}

/** The values of the fields, one a key. */
export function valuesOf(fields: Fields): readonly (string | null)[] {
  if ('values' in fields) return fields.values
  if (!('spans' in fields)) return fields.text.split(' ')
  const { keys, text, spans } = fields
  return keys.map((_, index) => (spans[2 * index]! < 0 ? null : text.slice(spans[2 * index], spans[2 * index + 1])))
}

/** What a format read out of a line. The fields of a JSON message stay in the message, so `fields` is null for those. */
export interface Parsed {
  readonly level: Level | null
  readonly requestId: string | null
  /** X-Ray (`1-5e61292c-cc1229a4dfbeae1043928548`) or W3C (32 lower-case hex digits), as found. */
  readonly traceId: string | null
  readonly fields: Fields | null
}

export interface LogFormat {
  /** Value of the `format` column and name in `pipeline.yml`; never changes once released. */
  readonly name: string
  /** True when the service that writes this format fixes the names of its log groups and this is one. */
  readonly ownsGroup?: (logGroup: string) => boolean
  /**
   * Cheap test, run on lines of unknown origin before `parse`: false means certainly not this format. A format without
   * it is used only for groups it owns, or where the configuration names it.
   */
  readonly looksLike?: (line: Line) => boolean
  /** Never throws and takes time linear in the message; undefined when the line is not of this format. */
  readonly parse: (line: Line) => Parsed | undefined
}
