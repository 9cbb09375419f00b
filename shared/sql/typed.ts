import { unreachable } from '../diagnostics/unreachable.js'
import type { Like } from '../plan/expr.js'
import type { Dialect } from './dialect.js'
import { lengthOf, numeral, param, raw, type Sql, sql } from './fragment.js'

/**
 * Types of SQL expressions, known when they are compiled. `text` may hold anything that is in an event; a `boolean` is
 * two-valued wherever it is used as a value; a `time` is epoch milliseconds.
 */
export type SqlType = 'text' | 'number' | 'boolean' | 'time' | 'json'

export interface Typed {
  readonly sql: Sql
  readonly type: SqlType
  /** The value where it is known. */
  readonly literal?: string | number | bigint | boolean
  /** A condition that may be null, which counts as false. */
  readonly isNullable?: boolean
  /**
   * Cheaper to compute, and equal to the value wherever that is a word: neither a number nor `true` or `false`, nor
   * anything that begins like JSON.
   */
  readonly word?: Sql
  /** Whether the value can have this text in it, for texts that stand in no number; nothing where the test itself is as cheap. */
  readonly mayHold?: (text: string, by: Search) => Sql | undefined
  /** The same as a number, cheaper than by its text. */
  readonly number?: Sql
  /** A text that was a number in some rows, of which it has fewer digits than `number`. */
  readonly isRounded?: true
  /** What a long `sql` and `number` are read from; see `bothOf`. */
  readonly both?: Sql
}

/** Characters of SQL: what is longer than the first names nothing twice that is longer than the second. */
export const [longest, longestTwice] = [8192, 1024]

/** What a value is searched with: a text that it is, or has somewhere, or a regular expression. */
export type Search = Like['at'] | 'equals' | 'regex'

export const nothing: Typed = { sql: raw('CAST(NULL AS VARCHAR)'), type: 'text' }

export function literalOf(value: string | number | bigint | boolean, dialect: Dialect): Typed {
  if (typeof value === 'string') return { sql: dialect.text(param(value)), type: 'text', literal: value }
  if (typeof value === 'boolean') return { sql: raw(value ? 'TRUE' : 'FALSE'), type: 'boolean', literal: value }
  // Beyond 64 bits a whole number is no literal in Trino.
  return { sql: sql`CAST(${numeral(Number(value))} AS DOUBLE)`, type: 'number', literal: value }
}

export function toText(value: Typed, dialect: Dialect): Sql {
  switch (value.type) {
    case 'text':
      return value.sql
    case 'number':
      return value.literal === undefined
        ? dialect.numberText(value.sql)
        : dialect.text(param(plainNumber(value.literal)))
    case 'boolean':
      return sql`CASE WHEN ${toCondition(value, dialect)} THEN '1' ELSE '0' END`
    case 'time':
      return dialect.timeText(value.sql)
    case 'json':
      return dialect.jsonScalar(value.sql)
    default:
      return unreachable(value.type)
  }
}

function plainNumber(value: string | number | bigint | boolean): string {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return String(value)
  const text = value.toFixed(4).replace(/\.?0+$/, '')
  return text === '-0' ? '0' : text
}

/** A double; null where the value cannot be read as a number. */
export function toNumber(value: Typed, dialect: Dialect): Sql {
  if (value.number !== undefined) return value.number
  switch (value.type) {
    case 'number':
      return value.sql
    case 'boolean':
      return sql`CASE WHEN ${toCondition(value, dialect)} THEN CAST(1 AS DOUBLE) ELSE CAST(0 AS DOUBLE) END`
    case 'time':
      return sql`CAST(${value.sql} AS DOUBLE)`
    default: {
      const known = typeof value.literal === 'string' ? numberOfText(value.literal) : undefined
      if (known === undefined) return dialect.toNumber(toText(value, dialect))
      return known === null ? raw('CAST(NULL AS DOUBLE)') : sql`CAST(${numeral(known)} AS DOUBLE)`
    }
  }
}

/** The number that a quoted literal is, by the rule that the engines follow; null for none. */
export function numberOfText(text: string): number | null {
  if (!/^[ \t]*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[ \t]*$/.test(text)) return null
  const value = Number(text)
  return Number.isFinite(value) ? value : null
}

/** Years 1 to 9999: what every engine can hold as a timestamp. */
const [earliest, latest] = [numeral(-62_135_596_800_000), numeral(253_402_300_799_999)]

/** Whether a text is such that `word` can be asked for it. */
export function isWord(text: string): boolean {
  return numberOfText(text) === null && text !== 'true' && text !== 'false' && !/^[[{]|\.0$/.test(text)
}

/** Texts that `mayHold` can be asked for, and that are long enough to be rare. */
export function isSearchable(text: string, least = 3): boolean {
  return text.length >= least && /[^0-9.+eE-]/.test(text)
}

/** Epoch ms as bigint, to the nearest; null beyond what a timestamp can be. */
export function toTime(value: Typed, dialect: Dialect): Sql {
  if (value.type === 'time') return value.sql
  const number = toNumber(value, dialect)
  return sql`CASE WHEN ${number} BETWEEN ${earliest} AND ${latest} THEN CAST(round(${number}) AS BIGINT) END`
}

/** A whole number for arguments that count characters or digits; beyond the bounds it is the bound. Of no number it is null. */
export function toCount(value: Typed, least: number, most: number, dialect: Dialect): Sql {
  if (typeof value.literal === 'number') return numeral(Math.floor(Math.max(least, Math.min(most, value.literal))))
  const number = toNumber(value, dialect)
  // In DuckDB, least() and greatest() pass over what is null.
  const bounded = sql`floor(least(greatest(${number}, ${numeral(least)}), ${numeral(most)}))`
  return sql`CASE WHEN ${number} IS NOT NULL THEN CAST(${bounded} AS INTEGER) END`
}

export function toJson(value: Typed, dialect: Dialect): Sql {
  return value.type === 'json' ? value.sql : dialect.jsonString(toText(value, dialect))
}

/** A condition that is never null: any value but 0 and what is no number is true. */
export function toCondition(value: Typed, dialect: Dialect): Sql {
  if (value.type === 'boolean') return value.isNullable === true ? sql`coalesce(${value.sql}, FALSE)` : value.sql
  return sql`coalesce(${toNumber(value, dialect)} <> 0, FALSE)`
}

/** The same, but null may stand for false: for WHERE and what is joined by AND and OR below it. */
export function toNullableCondition(value: Typed, dialect: Dialect): Sql {
  return value.type === 'boolean' ? value.sql : sql`${toNumber(value, dialect)} <> 0`
}

/** Converts to the type. */
export function convert(value: Typed, type: SqlType, dialect: Dialect): Sql {
  switch (type) {
    case 'text':
      return toText(value, dialect)
    case 'number':
      return toNumber(value, dialect)
    case 'boolean':
      return toCondition(value, dialect)
    case 'time':
      return toTime(value, dialect)
    case 'json':
      return toJson(value, dialect)
    default:
      return unreachable(type)
  }
}

/**
 * One of the values. Where they are of different types it is a text, which calculations do not go by: as numbers the values
 * keep all their digits.
 * @param write chooses among what the values are converted to
 * @param writeNumber where it cannot choose by what the values are as numbers
 */
export function chosen(
  values: readonly Typed[],
  dialect: Dialect,
  write: (of: (value: Typed) => Sql) => Sql,
  writeNumber = write,
): Typed {
  const type = commonType(values)
  const written = write(value => convert(value, type, dialect))
  if (!isRoundedAs(type, values)) return { sql: written, type, isNullable: type === 'boolean' }
  const number = writeNumber(value => toNumber(value, dialect))
  // Both repeat the conditions: within each other they would double their length each time.
  if (lengthOf(written) + lengthOf(number) > longest)
    return ofBoth(
      write(value => bothOf(value, dialect)),
      dialect,
    )
  return { sql: written, type, number, isRounded: true }
}

/** Whether one of the values is a number that has more digits than its text, which is what it becomes. */
export function isRoundedAs(type: SqlType, values: readonly Typed[]): boolean {
  return type === 'text' && values.some(hasMoreDigits)
}

function hasMoreDigits({ type, literal, isRounded }: Typed): boolean {
  return isRounded === true || (literal === undefined && (type === 'number' || type === 'time'))
}

/** A text or a number, or both where neither follows from the other, as one value; null where it is absent. */
export function bothOf(value: Typed, dialect: Dialect): Sql {
  if (value.both !== undefined) return value.both
  if (value.number === undefined && lengthOf(value.sql) > longestTwice)
    return dialect.bind('v', value.sql, short => bothOf({ ...value, sql: short }, dialect))
  const isNumber = value.literal === undefined && value.type === 'number'
  const present = isNumber ? value.sql : toText(value, dialect)
  const number = hasMoreDigits(value) ? toNumber(value, dialect) : raw('CAST(NULL AS DOUBLE)')
  const both = dialect.both(isNumber ? nothing.sql : present, number)
  return value.literal === undefined ? sql`CASE WHEN ${present} IS NOT NULL THEN ${both} END` : both
}

/** The rounded text that `bothOf` has made one value of with its number. */
export function ofBoth(both: Sql, dialect: Dialect): Typed {
  const read = (write: (short: Sql) => Sql) => (both.parts.length === 1 ? write(both) : dialect.bind('b', both, write))
  const text = read(b => sql`coalesce(${dialect.textOf(b)}, ${dialect.numberText(dialect.numberOf(b))})`)
  const number = read(b => sql`coalesce(${dialect.numberOf(b)}, ${dialect.toNumber(dialect.textOf(b))})`)
  return { sql: text, type: 'text', number, isRounded: true, both }
}

/** The type that all of the values can have without losing what they are. */
export function commonType(values: readonly Typed[]): SqlType {
  const types = new Set(values.map(({ type }) => type))
  if (types.size === 1) return values[0]!.type
  return types.size === 2 && types.has('boolean') && types.has('number') ? 'number' : 'text'
}
