/**
 * Columns read by field id, as Iceberg has it: another engine may have renamed a column, dropped it, or added one, and each
 * file has the names of its time. Reading by name is for files that all have ours.
 */
import { MergeFailed } from '../lake/errors.js'
import type { CarriedColumn } from '../lake/merge.js'
import type { PromotableColumn } from '../lake/promoted-columns.js'
import { schemaElements } from '../parquet/schema.js'
import { quoteIdentifier, quoteText } from '../sql/quote.js'
import { logColumns } from './log-columns.js'

type Type = CarriedColumn['type']

/** Under a name that no SQL of ours has: the column's own is its owner's choice. */
function carriedName({ id }: CarriedColumn): string {
  return `carried_${id}`
}

/** Field ids of our columns. */
export const columnIds: ReadonlyMap<string, number> = new Map(
  schemaElements.flatMap(({ name, field_id: id }) => (name in logColumns && id !== undefined ? [[name, id]] : [])),
)

/** The argument `schema` of `read_parquet`: our columns, and carried ones under names of ours; null where a file has none. */
export function schemaById(carried: readonly CarriedColumn[]): string {
  return schemaOf(carried.map(column => ({ ...column, name: carriedName(column) })))
}

/** The same with promoted columns under their own names. */
export function schemaWithPromoted(promoted: readonly PromotableColumn[]): string {
  return schemaOf(promoted.map(({ id, column, type }) => ({ id, name: column, type })))
}

function schemaOf(others: readonly CarriedColumn[]): string {
  const own = Array.from(columnIds, ([name, id]) => ({ id, name, type: logColumns[name]! }))
  const columns = [...own, ...others.map(each => ({ ...each, type: sqlType(each.type) }))].map(
    ({ id, name, type }) => `${id}: {name: ${quoteText(name)}, type: ${quoteText(type)}, default_value: NULL}`,
  )
  return `MAP {${columns.join(', ')}}`
}

/** Names of carried columns while they are read. */
export function carriedNames(carried: readonly CarriedColumn[]): readonly string[] {
  return carried.map(carriedName)
}

/**
 * Names to write carried columns under: their own, which the table may have for another column than a file has, such as one
 * that was dropped and added again. Then the name is ours, since readers go by ids.
 *
 * @param taken names of the other columns of the file
 */
function writtenNames(carried: readonly CarriedColumn[], taken: readonly string[]): readonly string[] {
  const used = new Set(taken.map(name => name.toLowerCase()))
  return carried.map(column => {
    const name = used.has(column.name.toLowerCase()) ? carriedName(column) : column.name
    used.add(name.toLowerCase())
    return quoteIdentifier(name)
  })
}

/** Carried columns, to be written. */
export function carriedSelection(carried: readonly CarriedColumn[], taken: readonly string[]): readonly string[] {
  const names = writtenNames(carried, taken)
  return carried.map((column, index) => `${carriedName(column)} AS ${names[index]}`)
}

/** Of carried columns, for `FIELD_IDS`. */
export function carriedFieldIds(carried: readonly CarriedColumn[], taken: readonly string[]): readonly string[] {
  const names = writtenNames(carried, taken)
  return carried.map(({ id, type }, index) => `${names[index]}: ${fieldIds(id, type)}`)
}

/** How many of the files have field ids: one without would be read as nothing but nulls. */
export function identifiedFilesSql(paths: readonly string[]): string {
  return `SELECT count(DISTINCT file_name) FROM parquet_schema([${paths.map(quoteText).join(', ')}]) WHERE field_id = 1`
}

function fieldIds(id: number, type: Type): string {
  if (typeof type === 'string') return String(id)
  const parts =
    type.type === 'struct'
      ? type.fields.map(({ name, id: own, type: inner }) => `${quoteIdentifier(name)}: ${fieldIds(own, inner)}`)
      : type.type === 'list'
        ? [`element: ${fieldIds(type['element-id'], type.element)}`]
        : [`key: ${fieldIds(type['key-id'], type.key)}`, `value: ${fieldIds(type['value-id'], type.value)}`]
  return `{__duckdb_field_id: ${id}, ${parts.join(', ')}}`
}

const sqlTypes: Readonly<Record<string, string>> = {
  boolean: 'BOOLEAN',
  int: 'INTEGER',
  long: 'BIGINT',
  float: 'FLOAT',
  double: 'DOUBLE',
  date: 'DATE',
  time: 'TIME',
  timestamp: 'TIMESTAMP',
  timestamptz: 'TIMESTAMPTZ',
  string: 'VARCHAR',
  uuid: 'UUID',
  binary: 'BLOB',
}

/** @throws MergeFailed for a type that cannot be written as Iceberg has it (`fixed`) */
function sqlType(type: Type): string {
  if (typeof type !== 'string') {
    if (type.type === 'list') return `${sqlType(type.element)}[]`
    if (type.type === 'map') return `MAP(${sqlType(type.key)}, ${sqlType(type.value)})`
    return `STRUCT(${type.fields.map(({ name, type: inner }) => `${quoteIdentifier(name)} ${sqlType(inner)}`).join(', ')})`
  }
  const known = sqlTypes[type] ?? (/^decimal\(\d+, ?\d+\)$/.test(type) ? type : undefined)
  if (known !== undefined) return known
  throw new MergeFailed(
    'carried columns',
    `columns of type ${type}, which another engine added, cannot be carried over`,
  )
}
