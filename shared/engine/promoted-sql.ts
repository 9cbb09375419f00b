/** Promoted fields in DuckDB's SQL: how a value gets into its typed column, and how a column gives the field's text back. */
import type { PromotedType } from '../lake/merge.js'
import { duckDb } from '../sql/dialects/duckdb.js'
import { joinSql, raw, render, sql } from '../sql/fragment.js'
import { pathsOf } from '../sql/scan-fields.js'

const types: Readonly<Record<PromotedType, string>> = {
  string: 'VARCHAR',
  long: 'BIGINT',
  double: 'DOUBLE',
  boolean: 'BOOLEAN',
}

/** The text of a field of a row with the columns `fields` and `message`, as queries see it. */
export function fieldText(field: string): string {
  const values = pathsOf(field).map(path => duckDb.jsonField(raw('message'), path))
  const found = values.length === 1 ? values[0]! : sql`coalesce(${joinSql(values, ', ')})`
  const isJson = duckDb.isJsonObject(raw('fields'), raw('message'))
  // In a list, so that the expression is worked out once.
  const inMessage = sql`list_transform([${found}], lambda json: ${duckDb.jsonScalar(raw('json'))})[1]`
  const text = sql`coalesce(${duckDb.mapValue(raw('fields'), field)}, CASE WHEN ${isJson} THEN ${inMessage} END)`
  return render(text, null).sql
}

/** The value that the column holds for a text; null for a text that it would not give back as it is. */
export function promotedValue(text: string, type: PromotedType): string {
  if (type === 'string') return text
  const value =
    type === 'boolean'
      ? `(CASE ${text} WHEN '1' THEN true WHEN '0' THEN false END)`
      : `TRY_CAST(${text} AS ${types[type]})`
  // Queries take 'nan' and 'inf' for texts that are no numbers.
  const isNumber = type === 'double' ? ` AND isfinite(${value})` : ''
  return `CASE WHEN ${promotedText(value, type)} = ${text}${isNumber} THEN ${value} END`
}

/** The field's text as the column holds it: a whole double without `.0`, a boolean as 1 or 0. */
function promotedText(column: string, type: PromotedType): string {
  if (type === 'boolean') return `CASE WHEN ${column} THEN '1' WHEN NOT ${column} THEN '0' END`
  return type === 'double' ? render(duckDb.promotedDoubleText!(raw(column)), null).sql : `CAST(${column} AS VARCHAR)`
}

/** Rows whose field a column of the type cannot hold. */
export function unheldRows(text: string, type: PromotedType): string {
  return `count(*) FILTER (WHERE ${text} IS NOT NULL AND (${promotedValue(text, type)}) IS NULL)`
}
