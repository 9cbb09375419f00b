import type { Dialect } from './dialect.js'
import { type Sql, sql } from './fragment.js'
import { type Typed, toCondition, toNumber, toText } from './typed.js'

/**
 * Keys that put values into the order of `sort`: what is no plain number first, cut into chunks of digits and of others;
 * then numbers by value. Chunks of others go by code point, those of digits by length and then by value. Each key is
 * null where the value is absent.
 *
 * Source: Amazon CloudWatch Logs User Guide, "sort".
 */
export function naturalKeys(value: Typed, dialect: Dialect): readonly Sql[] {
  if (value.type === 'boolean') return [toCondition(value, dialect)]
  if (value.type !== 'text' && value.type !== 'json') return [value.sql]
  const text = toText(value, dialect)
  const number = toNumber(value, dialect)
  const rank = sql`CASE WHEN ${text} IS NULL THEN NULL WHEN ${number} IS NULL THEN 0 ELSE 1 END`
  const chunks = sql`CASE WHEN ${number} IS NULL THEN ${dialect.naturalChunks(text)} END`
  return [rank, number, chunks]
}
