import type { DatePiece } from '../plan/java-date.js'
import type { DocumentDialect } from './document-dialect.js'
import type { Sql } from './fragment.js'
import type { FunctionTable } from './functions/function-table.js'
import type { PatternDialect } from './pattern-dialect.js'
import type { OrderKey } from './relation.js'

/**
 * Where SQL engines differ, as named questions. The compiler asks these and never which engine it writes for.
 *
 * Times are epoch milliseconds (bigint), numbers are doubles, JSON is whatever the engine keeps JSON in.
 */
export interface Dialect {
  readonly name: string
  /** How a parameter is written; null where values are literals, since the engine takes too few or too short ones. */
  readonly placeholder: ((number: number) => string) | null
  /** Between `AS` and the query of a common table expression: how to ask for it to be inlined. */
  readonly inline: string

  /** An expression that names a value several times and computes it once; `name` must be free in it. */
  bind(name: string, value: Sql, use: (bound: Sql) => Sql): Sql
  /** A parameter as text. */
  text(value: Sql): Sql
  /** The number that a text is, or null; never an infinity or NaN. */
  toNumber(text: Sql): Sql
  isFinite(number: Sql): Sql
  /** The text of a double as `commit` wrote it into a promoted column; left out where the engine writes doubles in another way. */
  promotedDoubleText?(number: Sql): Sql
  /** Four decimals at most, no exponent. */
  numberText(number: Sql): Sql
  /** `2026-01-15 12:00:00.000`, UTC. */
  timeText(ms: Sql): Sql
  /** A text and a number as one value, and each of them out of that. */
  both(text: Sql, number: Sql): Sql
  textOf(both: Sql): Sql
  numberOf(both: Sql): Sql
  epochMs(timestamp: Sql): Sql
  /** A literal of the type of the column `timestamp`. */
  instant(ms: number): Sql
  /** Months since year 0 of a time, and the time at which such a month begins. */
  monthIndex(ms: Sql): Sql
  monthStart(index: Sql): Sql
  /** What the clocks of a zone show, as milliseconds since 1970 on them, and the time at which they show that. */
  wallClock(ms: Sql, zone: string): Sql
  fromWallClock(ms: Sql, zone: string): Sql
  /** Codes of strftime (`plan/strftime.ts`) that the engine prints as C does, and how it spells them; `%%` is a `%`. */
  readonly timeCodes: Readonly<Record<string, string>>
  /** A wall clock as text, by a format in the engine's own codes. */
  printTime(ms: Sql, format: string): Sql
  /**
   * The time that a text of the form of these pieces tells, in ms of UTC, or of the clock that it was written by; null where
   * there is no such day. Undefined where the engine has no cheap way to it.
   */
  readTime?(text: Sql, pieces: readonly DatePiece[]): Sql | undefined

  /** Lower-case hex digits of a whole number that is not negative. */
  hex(whole: Sql): Sql
  /** Groups between colons, each as four hex digits; nothing of nothing. */
  hexGroups(text: Sql): Sql
  /** Zeros before the text, up to the length. */
  padLeft(text: Sql, length: Sql): Sql
  contains(text: Sql, part: Sql): Sql
  /** Whether `contains` is the faster, the rarer the part's first character is. */
  readonly seeksFirstCharacter: boolean
  startsWith(text: Sql, part: Sql): Sql
  endsWith(text: Sql, part: Sql): Sql
  matches(text: Sql, regex: string): Sql
  /** Columns `m` to keep per row and the group of the first match; see `compile-parse.ts`. */
  firstMatch(text: Sql, regex: string, groupCount: number): Sql
  group(match: Sql, index: number): Sql
  /** Like `firstMatch`, with empty texts for groups where there is no match; left out where that is not cheaper. */
  firstGroups?(text: Sql, regex: string, groupCount: number): Sql
  /** The texts of a group in all matches, as a list. */
  allMatches(text: Sql, regex: string, index: number): Sql
  /** Digit and other chunks of a text as a list that sorts naturally. */
  naturalChunks(text: Sql): Sql
  /** `SELECT *` of the relation and one column more for each list, a row for each element, and one for its place from 1. */
  unnest(relation: string, lists: readonly Sql[], columns: readonly string[], place: string): Sql

  /** Whole numbers from the one to the other, as a list. */
  sequence(from: Sql, to: Sql, step: number): Sql

  /** Whether a row holds a JSON object in `message`; no `fields` where the row certainly has none. */
  isJsonObject(fields: Sql | null, message: Sql): Sql
  /** The value at a path of a text; null where the text is not JSON after all. */
  jsonField(text: Sql, path: readonly string[]): Sql
  /** The same as text: of a string its characters, of anything else JSON. */
  jsonFieldText(text: Sql, path: readonly string[]): Sql
  /**
   * Whether `jsonFieldText` does not tell which value it is: true or the word, an object or a text like one, 1.0 or its text.
   * Left out where taking the JSON itself costs no more.
   */
  isDoubtfulText?(text: Sql): Sql
  /** What `jsonField` and `jsonFieldText` give at several paths, as a list, where one call is cheaper than many. */
  jsonFields?(text: Sql, paths: readonly (readonly string[])[]): Sql
  jsonFieldTexts?(text: Sql, paths: readonly (readonly string[])[]): Sql
  mapValue(map: Sql, key: string): Sql
  /** JSON of a text; null where the text is not JSON. */
  jsonParse(text: Sql): Sql
  /** A text as a JSON string. */
  jsonString(text: Sql): Sql
  jsonAt(json: Sql, steps: readonly (string | number)[]): Sql
  /** Text of a scalar: 1 and 0 for true and false, null for null, arrays and objects. */
  jsonScalar(json: Sql): Sql
  /** Compact text of any JSON; of a scalar as `jsonScalar`. */
  jsonText(json: Sql): Sql
  jsonIsPresent(json: Sql): Sql
  /** Members of an object as a JSON array of arrays of name and value. */
  jsonEntries(json: Sql): Sql
  /** A map of texts as a JSON object. */
  mapJson(map: Sql): Sql
  /** Elements of an array as a list; what is no array is a list of itself. */
  jsonElements(json: Sql): Sql
  /** Whether it is an array or object. */
  jsonIsContainer(json: Sql): Sql
  /** Whether the text of one of the JSON values in a list is this. */
  listHas(list: Sql, text: Sql): Sql
  /** The length of an array, null of anything else. */
  jsonLength(json: Sql): Sql

  /** Value with the least or largest key, of rows where it is not null. */
  argMin(value: Sql, key: Sql): Sql
  argMax(value: Sql, key: Sql): Sql
  /** The keys of `naturalKeys` as one. */
  naturalKey(keys: readonly Sql[]): Sql
  /** Left out where no type of the engine can hold a whole order. */
  readonly rowOrder?: RowOrder
  percentile(number: Sql, fraction: number): Sql
  /** Distinct texts as a JSON array. */
  distinctValues(text: Sql): Sql
  mostFrequent(text: Sql, count: Sql): Sql
  histogram(number: Sql, buckets: number): Sql
  percentileOver(number: Sql, fraction: number): Sql
  lastValue(value: Sql, over: Sql): Sql
  /** Opaque text by which an event is found again. */
  pointer(columns: PointerColumns): Sql

  /** What filter patterns ask of JSON and of fields. */
  readonly documents: DocumentDialect
  /** How texts become patterns. */
  readonly patterns: PatternDialect

  /** Functions that are written differently than in `functions/`. */
  readonly functions: FunctionTable
}

/** How the first rows of groups are found in one pass. */
export interface RowOrder {
  /** One value, never null, that is the largest in the first row. */
  key(order: readonly OrderKey[]): Sql
  /** An aggregate: the value, also null, of the row with the largest key. */
  first(value: Sql, key: Sql): Sql
  /** Columns as one value, whose members have their names. */
  row(columns: readonly Sql[]): Sql
  /** What stands before the parenthesis of a table that is worked out once, as `Dialect.inline` does. */
  readonly once: string
  /** Rows of the times of those that meet the condition; where there are none, a time that no event has. */
  times(time: Sql, condition: Sql): Sql
}

export interface PointerColumns {
  readonly account: Sql
  readonly group: Sql
  readonly stream: Sql
  readonly timestamp: Sql
  readonly arrival: Sql
  readonly random: Sql
  readonly index: Sql
  readonly rawId: Sql
}
