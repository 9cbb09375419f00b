import type { GroupSelection, Scan, ScanField, Values } from '../plan/node.js'
import { joinSql, numeral, param, quoted, raw, type Sql, sql } from './fragment.js'
import { addTable, type Builder, jsonKey, type Relation } from './relation.js'
import type { Typed } from './typed.js'

/** Columns of the log table that anything above a scan may need; engines read those that it does. */
const logColumns = [
  'timestamp',
  'log_group',
  'log_stream',
  'message',
  'arrival',
  'id_random',
  'id_index',
  'id_raw',
  'account_id',
  'region',
  'format',
  'request_id',
  'fields',
] as const

/**
 * Reads events and takes the query's fields out of them: from the line's own map, or from the message where that is a JSON
 * object. Newest first; ties go by arrival and id.
 */
export function compileScan(scan: Scan, builder: Builder): Relation {
  const { dialect, newName } = builder
  const names = Object.fromEntries(logColumns.map(column => [column, raw(newName(column))])) as LogColumns
  const discovered = scan.fields.filter(({ name }) => !(name in systemColumns))
  const selected = logColumns.map(column => sql`${raw(column)} AS ${names[column]}`)
  const isJson = dialect.isJsonObject(raw('fields'), raw('message'))
  const found = discovered.map(({ name }) => {
    const values = pathsOf(name).map(path => dialect.jsonField(raw('message'), path))
    const identifier = raw(newName('json'))
    const value = values.length === 1 ? values[0]! : sql`coalesce(${joinSql(values, ', ')})`
    selected.push(sql`CASE WHEN ${isJson} THEN ${value} END AS ${identifier}`)
    return identifier
  })
  const where = conditionsOf(scan, builder)
  const filter = where.length === 0 ? sql`` : sql` WHERE ${joinSql(where, ' AND ')}`
  let table = addTable(builder, 'events', sql`SELECT ${joinSql(selected, ', ')} FROM logs${filter}`)
  const columns = new Map<string, Typed>()
  for (const { name } of scan.fields) if (name in systemColumns) columns.set(name, systemColumns[name]!(names, builder))
  const taken: Sql[] = []
  discovered.forEach((field, index) => {
    const identifier = newName(field.name)
    const value = fieldValue(field, found[index]!, names, builder)
    taken.push(sql`${value} AS ${raw(identifier)}`)
    const typed: Typed = { sql: raw(identifier), type: field.as }
    const word = field.as === 'text' ? wordOf(field.name, names, builder) : undefined
    columns.set(field.as === 'json' ? jsonKey(field.name) : field.name, word === undefined ? typed : { ...typed, word })
  })
  if (taken.length > 0) table = addTable(builder, 'fields', sql`SELECT *, ${joinSql(taken, ', ')} FROM ${raw(table)}`)
  const order = [names.timestamp, names.arrival, names.id_random, names.id_index]
  return { name: table, columns, order: order.map(key => ({ key, descending: true })) }
}

type LogColumns = Readonly<Record<(typeof logColumns)[number], Sql>>

const systemColumns: Readonly<Record<string, (names: LogColumns, builder: Builder) => Typed>> = {
  '@timestamp': ({ timestamp }, { dialect }) => ({ sql: dialect.epochMs(timestamp), type: 'time' }),
  '@ingestionTime': ({ arrival }, { dialect }) => ({ sql: dialect.epochMs(arrival), type: 'time' }),
  '@message': ({ message }) => ({ sql: message, type: 'text' }),
  '@logStream': ({ log_stream }) => ({ sql: log_stream, type: 'text' }),
  '@log': ({ account_id, log_group }) => ({ sql: sql`(${account_id} || ':' || ${log_group})`, type: 'text' }),
  '@source.log': ({ log_group }) => ({ sql: log_group, type: 'text' }),
  '@aws.account': ({ account_id }) => ({ sql: account_id, type: 'text' }),
  '@aws.region': ({ region }) => ({ sql: region, type: 'text' }),
  /** All fields of an event as one JSON object; no name of a query. */
  '#document': ({ fields, message }, { dialect }) => {
    const isJson = dialect.isJsonObject(fields, message)
    const document = sql`CASE WHEN ${isJson} THEN ${dialect.jsonParse(message)} ELSE ${dialect.mapJson(fields)} END`
    return { sql: document, type: 'json' }
  },
  '@ptr': (names, { dialect }) => ({
    sql: dialect.pointer({
      account: names.account_id,
      group: names.log_group,
      stream: names.log_stream,
      timestamp: names.timestamp,
      arrival: names.arrival,
      random: names.id_random,
      index: names.id_index,
      rawId: names.id_raw,
    }),
    type: 'text',
  }),
}

function fieldValue({ name, as }: ScanField, inMessage: Sql, names: LogColumns, { dialect }: Builder): Sql {
  const inLine = dialect.mapValue(names.fields, name)
  if (as === 'json') return sql`coalesce(${inMessage}, ${dialect.jsonString(inLine)})`
  const values = [inLine, dialect.jsonScalar(inMessage)]
  // Lambda's own JSON lines name the request elsewhere; ingest has found it.
  if (name === '@requestId') values.push(sql`CASE WHEN ${names.format} = 'lambda' THEN ${names.request_id} END`)
  return sql`coalesce(${joinSql(values, ', ')})`
}

/** See `Typed.word`; for names that can stand in one place only. */
function wordOf(name: string, { fields, message }: LogColumns, { dialect }: Builder): Sql | undefined {
  const [path, other] = pathsOf(name)
  if (path === undefined || other !== undefined || name === '@requestId') return undefined
  const inMessage = sql`CASE WHEN ${dialect.isJsonObject(fields, message)} THEN ${dialect.jsonFieldText(message, path)} END`
  return sql`coalesce(${dialect.mapValue(fields, name)}, ${inMessage})`
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

function conditionsOf({ from, to, groups }: Scan, builder: Builder): readonly Sql[] {
  const { dialect } = builder
  const conditions: Sql[] = []
  if (from !== null) conditions.push(sql`timestamp >= ${dialect.instant(from)}`)
  if (to !== null) conditions.push(sql`timestamp <= ${dialect.instant(to)}`)
  return groups === null ? conditions : [...conditions, ...groupConditions(groups, builder)]
}

/** Literals, not parameters, so that files can be left out by their statistics. */
function groupConditions({ names, prefixes, accounts }: GroupSelection, { dialect }: Builder): readonly Sql[] {
  const conditions: Sql[] = []
  const among = (column: string, values: readonly string[]) =>
    sql`${raw(column)} IN (${joinSql(values.map(quoted), ', ')})`
  const groups = prefixes.map(prefix => dialect.startsWith(raw('log_group'), quoted(prefix)))
  if (names.length > 0) groups.unshift(among('log_group', names))
  if (groups.length > 0) conditions.push(sql`(${joinSql(groups, ' OR ')})`)
  if (accounts.length > 0) conditions.push(among('account_id', accounts))
  return conditions
}

export function compileValues({ columns, rows }: Values, builder: Builder): Relation {
  const { dialect, newName } = builder
  const place = newName('row')
  const identifiers = columns.map(newName)
  const cell = (value: string | null | undefined) =>
    value === null || value === undefined ? raw('CAST(NULL AS VARCHAR)') : dialect.text(param(value))
  const written = rows.map((row, index) => {
    return sql`(${joinSql([numeral(index), ...columns.map((_, at) => cell(row[at]))], ', ')})`
  })
  const header = raw([place, ...identifiers].join(', '))
  const nulls = [sql`0 AS ${raw(place)}`, ...identifiers.map(name => sql`CAST(NULL AS VARCHAR) AS ${raw(name)}`)]
  const query =
    rows.length === 0
      ? sql`SELECT ${joinSql(nulls, ', ')} WHERE FALSE`
      : sql`SELECT * FROM (VALUES ${joinSql(written, ', ')}) AS t(${header})`
  const table = addTable(builder, 'lookup', query)
  const typed = columns.map((name, at): [string, Typed] => [name, { sql: raw(identifiers[at]!), type: 'text' }])
  return { name: table, columns: new Map(typed), order: [{ key: raw(place), descending: false }] }
}
