import type { Sql } from './fragment.js'

/** What patterns of texts (`drain.ts`) need of an engine: lists, and expressions with the elements of lists. */
export interface PatternDialect {
  /** A text with what varies masked; see `pattern-masks.ts`. */
  mask(text: Sql): Sql
  /** The words of a masked text, each with the blanks after it. */
  words(masked: Sql): Sql
  /** A masked text with its marks and gaps as `<Type-n>`, by their place in the text. */
  numbered(text: Sql): Sql
  /** An aggregate: the values, also null, as a list in an order. */
  gather(value: Sql, order: Sql): Sql
  /** A text whose order has nothing to do with the masked text's. */
  scatter(masked: Sql): Sql
  /** An ASCII character from U+0005 on that is the same for equal words, and most often another for others. */
  sign(word: Sql): Sql
  /** How many characters differ, or bytes, between texts of equally many. */
  distance(text: Sql, other: Sql): Sql
  characters(text: Sql): Sql
  character(code: Sql): Sql
  /** Of the last character. */
  codeAtEnd(text: Sql): Sql
  holds(text: Sql, part: Sql): Sql
  /** Values that belong together, which are read as `record.name`. */
  record(fields: readonly RecordField[]): Sql
  list(values: readonly Sql[]): Sql
  map(list: Sql, name: string, use: (element: Sql) => Sql): Sql
  filter(list: Sql, name: string, use: (element: Sql) => Sql): Sql
  /** From the first element, which the second joins, to the last; null of an empty list. */
  fold(list: Sql, names: readonly [string, string], use: (folded: Sql, element: Sql) => Sql): Sql
  size(list: Sql): Sql
  /** The numbers from 1 to the size. */
  places(list: Sql): Sql
  /** Null beyond the end. */
  at(list: Sql, place: Sql): Sql
  placeOf(list: Sql, element: Sql): Sql
  /** Of whole numbers. */
  select(list: Sql, places: Sql): Sql
  head(list: Sql, most: Sql): Sql
  /** With another value in one place, which may be the one after the end. */
  replaced(list: Sql, place: Sql, value: Sql): Sql
  /** Records by their first fields. */
  sorted(list: Sql): Sql
  largest(list: Sql): Sql
  join(list: Sql): Sql
}

export interface RecordField {
  readonly name: string
  readonly type: 'text' | 'integer' | 'double' | 'texts' | 'integers'
  readonly value: Sql
}

export const tokenRegex = '[^ \\t\\r\\n]+[ \\t\\r\\n]*|[ \\t\\r\\n]+'
