/**
 * Fields of a scan as columns. A field is taken out of the event first (JSON, or text where that mostly says which value it
 * is), and its value is made of that: as text, as a number and as a word, each where the query uses it.
 */
import type { ScanField } from '../plan/node.js'
import type { Dialect } from './dialect.js'
import { joinSql, param, quoted, raw, type Sql, sql } from './fragment.js'
import { quoteIdentifier } from './quote.js'
import type { Builder, PromotedColumn, SourceBranch } from './relation.js'
import { rarestEnd } from './required-text.js'
import type { Typed } from './typed.js'

export interface FieldColumn {
  readonly field: ScanField
  /** A filter on top of the scan asks for it, so that it is taken out alone, and of more rows than other fields. */
  readonly isFiltered: boolean
  /** What is taken out of the event. */
  readonly found: Sql
  readonly value: Sql
  /** `Typed.word` and `Typed.number`, where they are cheaper than the value. */
  readonly word?: Sql
  readonly number?: Sql
  /** Texts that the field is compared with, and the column that says whether an event may have them there. */
  readonly searched: Map<string, Sql>
}

export function fieldColumn(field: ScanField, isFiltered: boolean, isPromoted: boolean, builder: Builder): FieldColumn {
  const { dialect, newName } = builder
  const found = raw(newName('json'))
  const value = raw(newName(field.name))
  const hasText = textPath(field, dialect) !== undefined
  return {
    field,
    isFiltered,
    found,
    value,
    searched: new Map(),
    ...(hasText ? { word: raw(newName('word')) } : {}),
    ...(hasText || isPromoted ? { number: raw(newName('number')) } : {}),
  }
}

export function typedField({ field, value, word, number, searched }: FieldColumn, builder: Builder): Typed {
  const mayHold = (text: string) => {
    const column = searched.get(text) ?? raw(builder.newName('search'))
    searched.set(text, column)
    return column
  }
  return {
    sql: value,
    type: field.as,
    ...(word === undefined ? {} : { word, mayHold }),
    ...(number === undefined ? {} : { number }),
  }
}

/** The columns of a field that the statement uses. */
export function usedColumns(column: FieldColumn, isUsed: (identifier: Sql) => boolean): readonly Sql[] {
  const { value, word, number, searched } = column
  return [value, word, number, ...searched.values()].filter(one => one !== undefined).filter(isUsed)
}

/**
 * Fields that filters on top of the scan ask for, and the others, which are taken out of the rows that the filters leave. An
 * engine does not put a filter below what may fail, such as reading JSON, so that the others have to come on top.
 */
export function levelsOf(fields: readonly FieldColumn[]): readonly (readonly FieldColumn[])[] {
  const levels = [fields.filter(({ isFiltered }) => isFiltered), fields.filter(({ isFiltered }) => !isFiltered)]
  return levels.filter(level => level.length > 0)
}

/** What a branch selects to have fields. */
export interface TakenFields {
  /** Promoted columns, and how they are selected beside those of the table. */
  readonly columns: readonly string[]
  readonly selected: readonly Sql[]
  /** What is taken out of events, on top of what stands in `source`. */
  readonly found: readonly Sql[]
  /** On top of that. */
  readonly taken: readonly Sql[]
}

interface EventColumns {
  readonly fields: Sql
  readonly message: Sql
}

/**
 * @param source how the columns `fields` and `message` are called where fields are taken out
 * @param event how they are called where values are made
 */
export function takeFields(
  fields: readonly FieldColumn[],
  branch: SourceBranch,
  source: EventColumns,
  event: EventColumns & { readonly format: Sql; readonly request_id: Sql },
  isUsed: (identifier: Sql) => boolean,
  { dialect, newName }: Builder,
): TakenFields {
  const used = fields.filter(column => usedColumns(column, isUsed).length > 0)
  const columns = used.map(({ field, value, word }) => {
    const promoted = promotedColumn(field, branch)
    const isText = isUsed(value) || (word !== undefined && isUsed(word))
    return promoted?.type === 'double' && isText && dialect.promotedDoubleText === undefined ? undefined : promoted
  })
  const inEvent = used.filter((_, index) => columns[index] === undefined)
  const extracted = extract(inEvent, source, branch, dialect, newName)
  const taken = used.flatMap((column, index) => {
    const promoted = columns[index]
    const written =
      promoted === undefined
        ? valuesInEvent(column, extracted.values.get(column)!, branch, event, dialect)
        : valuesInColumn(promoted, column.found, dialect)
    const all: (readonly [Sql | undefined, () => Sql])[] = [
      [column.value, () => written.value],
      [column.word, () => written.word],
      [column.number, () => written.number],
      ...[...column.searched].map(([text, name]) => [name, () => written.mayHold?.(text) ?? raw('TRUE')] as const),
    ]
    return all.flatMap(([name, write]) => (name !== undefined && isUsed(name) ? [sql`${write()} AS ${name}`] : []))
  })
  const inColumns = used.flatMap(({ found }, index) =>
    columns[index] === undefined ? [] : [sql`${raw(quoteIdentifier(columns[index].column))} AS ${found}`],
  )
  return {
    columns: columns.flatMap(promoted => (promoted === undefined ? [] : [promoted.column])),
    selected: inColumns,
    found: extracted.selected,
    taken,
  }
}

export function promotedColumn({ name, as }: ScanField, { promoted }: SourceBranch): PromotedColumn | undefined {
  return as === 'text' && name !== '@requestId' ? promoted.get(name) : undefined
}

interface Extracted {
  readonly selected: readonly Sql[]
  /** What was found of each field, as it is named on top. */
  readonly values: ReadonlyMap<FieldColumn, Sql>
}

/** Fields that no filter asks for are read out of a message together. */
function extract(
  fields: readonly FieldColumn[],
  event: EventColumns,
  branch: SourceBranch,
  dialect: Dialect,
  newName: Builder['newName'],
): Extracted {
  const isJson = dialect.isJsonObject(branch.isFieldless === true ? null : event.fields, event.message)
  const selected: Sql[] = []
  const values = new Map<FieldColumn, Sql>()
  for (const as of ['text', 'json'] as const) {
    const [one, many] =
      as === 'text' ? (['jsonFieldText', 'jsonFieldTexts'] as const) : (['jsonField', 'jsonFields'] as const)
    const these = fields.filter(({ field }) => (textPath(field, dialect) === undefined ? 'json' : 'text') === as)
    const together = these.filter(({ isFiltered }) => !isFiltered)
    const isList = dialect[many] !== undefined && together.flatMap(({ field }) => pathsOf(field.name)).length > 1
    const list = isList ? raw(newName('found')) : undefined
    const paths: (readonly string[])[] = []
    for (const column of these) {
      const places = pathsOf(column.field.name)
      if (list !== undefined && !column.isFiltered) {
        values.set(column, firstOf(places.map(path => dialect.documents.at(list, paths.push(path)))))
      } else {
        const found = firstOf(places.map(path => dialect[one](event.message, path)))
        selected.push(sql`CASE WHEN ${isJson} THEN ${found} END AS ${column.found}`)
        values.set(column, column.found)
      }
    }
    if (list !== undefined)
      selected.push(sql`CASE WHEN ${isJson} THEN ${dialect[many]!(event.message, paths)} END AS ${list}`)
  }
  return { selected, values }
}

function firstOf(values: readonly Sql[]): Sql {
  return values.length === 1 ? values[0]! : sql`coalesce(${joinSql(values, ', ')})`
}

interface Values {
  readonly value: Sql
  readonly word: Sql
  readonly number: Sql
  /** Whether an event may have the text in the field: a cheap search that spares the reading of JSON. */
  readonly mayHold?: (text: string) => Sql
}

function valuesInEvent(
  { field }: FieldColumn,
  found: Sql,
  { isFieldless }: SourceBranch,
  { fields, message, format, request_id }: Parameters<typeof takeFields>[3],
  dialect: Dialect,
): Values {
  const { name, as } = field
  const inLine = isFieldless === true ? [] : [dialect.mapValue(fields, name)]
  if (as === 'json') {
    const value = firstOf([found, ...inLine.map(text => dialect.jsonString(text))])
    return { value, word: value, number: value }
  }
  const path = textPath(field, dialect)
  if (path === undefined) {
    // Lambda's own JSON lines name the request elsewhere; ingest has found it.
    const elsewhere = name === '@requestId' ? [sql`CASE WHEN ${format} = 'lambda' THEN ${request_id} END`] : []
    const value = firstOf([...inLine, dialect.jsonScalar(found), ...elsewhere])
    return { value, word: value, number: dialect.toNumber(value) }
  }
  const word = firstOf([...inLine, found])
  // Of a string the JSON has quotes, so that it is not the text.
  const isString = sql`${dialect.documents.source(dialect.jsonField(message, path))} <> ${found}`
  const truth = (yes: Sql, no: Sql) => sql`WHEN ${found} = 'true' THEN ${yes} WHEN ${found} = 'false' THEN ${no}`
  const scalar = sql`CASE ${truth(raw("'1'"), raw("'0'"))} WHEN ends_with(${found}, '.0') THEN left(${found}, -2) END`
  const exact = sql`CASE WHEN ${isString} THEN ${found} ELSE ${scalar} END`
  const ofTruth = sql`CASE WHEN ${isString} THEN NULL ELSE CASE ${truth(raw('1e0'), raw('0e0'))} END END`
  const isTruth = sql`(${found} = 'true' OR ${found} = 'false')`
  return {
    value: firstOf([...inLine, sql`CASE WHEN ${dialect.isDoubtfulText!(found)} THEN ${exact} ELSE ${found} END`]),
    word,
    number: sql`coalesce(${dialect.toNumber(word)}, CASE WHEN ${isTruth} THEN ${ofTruth} END)`,
    mayHold: text => {
      // Any character may be written as \u and its number, and some with a backslash before them.
      const escaping = /["\\/\p{Cc}]/u.test(text) ? '\\' : '\\u'
      const part = dialect.seeksFirstCharacter ? rarestEnd(text) : text
      const inMessage = [dialect.text(param(part)), quoted(escaping)].map(one => dialect.contains(message, one))
      return sql`(${joinSql([...inMessage, ...inLine.map(() => sql`${fields} IS NOT NULL`)], ' OR ')})`
    },
  }
}

/** A column gives the field's text back as it was: a whole double without `.0`, a boolean as 1 or 0. */
function valuesInColumn({ type }: PromotedColumn, column: Sql, dialect: Dialect): Values {
  if (type === 'string') return { value: column, word: column, number: dialect.toNumber(column) }
  if (type === 'boolean') {
    const [yes, no] = [sql`WHEN ${column}`, sql`WHEN NOT ${column}`]
    const value = sql`CASE ${yes} THEN '1' ${no} THEN '0' END`
    return { value, word: value, number: sql`CASE ${yes} THEN CAST(1 AS DOUBLE) ${no} THEN CAST(0 AS DOUBLE) END` }
  }
  const value = (type === 'double' && dialect.promotedDoubleText?.(column)) || sql`CAST(${column} AS VARCHAR)`
  return { value, word: value, number: sql`CAST(${column} AS DOUBLE)` }
}

/** The place of a field whose text is enough, for a name that can stand in one place only. */
function textPath({ name, as }: ScanField, dialect: Dialect): readonly string[] | undefined {
  const [path, other] = pathsOf(name)
  const isEnough = as === 'text' && other === undefined && name !== '@requestId'
  return isEnough && dialect.isDoubtfulText !== undefined ? path : undefined
}

/** Names of more steps than this are taken as nested or as one key only. */
const maxStepsJoined = 6

/**
 * Where a field may stand in a JSON object: nested, or with some of the steps together as one key that has dots. A key
 * that begins with @ is shown with one more.
 */
export function pathsOf(name: string): readonly (readonly string[])[] {
  const steps = (name.startsWith('@@') ? name.slice(1) : name).split('.')
  const paths: string[][] = [steps]
  const longest = steps.length <= maxStepsJoined ? 2 : steps.length
  for (let length = steps.length; length >= longest && steps.length > 1; length--)
    for (let from = 0; from + length <= steps.length; from++)
      paths.push([...steps.slice(0, from), steps.slice(from, from + length).join('.'), ...steps.slice(from + length)])
  return paths
}
