import type { GroupSelection, Scan, ScanField, Values } from '../plan/node.js'
import type { Dialect } from './dialect.js'
import { joinSql, numeral, param, quoted, raw, type Sql, sql } from './fragment.js'
import { quoteIdentifier } from './quote.js'
import {
  addTable,
  type Builder,
  jsonKey,
  type PromotedColumn,
  type Relation,
  type Reserved,
  reserve,
  type SourceBranch,
} from './relation.js'
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
 *
 * Files that hold some fields in columns of their own are a branch each. A branch is written when the rest of the query is,
 * so that it selects the columns that are used and no others: what it does not name does not have to be fetched.
 */
export function compileScan(scan: Scan, builder: Builder): Relation {
  const { newName } = builder
  const names = Object.fromEntries(logColumns.map(column => [column, raw(newName(column))])) as LogColumns
  const columns = new Map<string, Typed>()
  for (const { name } of scan.fields) if (name in systemColumns) columns.set(name, systemColumns[name]!(names, builder))
  const discovered = scan.fields.filter(({ name }) => !(name in systemColumns))
  const number = builder.scans.length
  const branches = builder.sources[number] ?? [{ relation: 'logs', promoted: new Map() }]
  const isPromoted = (field: ScanField) => branches.some(branch => promotedColumn(field, branch) !== undefined)
  const fields = discovered.map((field): FieldColumn => {
    const json = raw(newName('json'))
    const value = raw(newName(field.name))
    const asNumber = isPromoted(field) ? raw(newName('number')) : undefined
    return { field, json, value, asNumber }
  })
  const places = branches.map(() =>
    fields.length > 0 ? [reserve(builder, 'events'), reserve(builder, 'fields')] : [reserve(builder, 'events')],
  )
  const all = branches.length > 1 ? reserve(builder, 'all') : places[0]!.at(-1)!
  builder.scans.push({
    scan,
    finish: isUsed => {
      const used = logColumns.filter(column => isUsed(names[column]))
      const written = branches.map((branch, index) =>
        writeBranch({ scan, names, used, fields, branch, isUsed }, places[index]!, builder),
      )
      if (branches.length > 1) {
        const kept = fields.flatMap(({ value, asNumber }) =>
          asNumber !== undefined && isUsed(asNumber) ? [value, asNumber] : [value],
        )
        const listed = [...used.map(column => names[column]), ...kept]
        const list = listed.length === 0 ? raw('1 AS one') : joinSql(listed, ', ')
        const selects = places.map(place => sql`SELECT ${list} FROM ${raw(place.at(-1)!.name)}`)
        all.write(joinSql(selects, ' UNION ALL '))
      }
      return written
    },
  })
  for (const { field, value, asNumber } of fields) {
    const typed: Typed = { sql: value, type: field.as, ...(asNumber === undefined ? {} : { number: asNumber }) }
    const word = field.as === 'text' && asNumber === undefined ? wordOf(field.name, names, builder) : undefined
    columns.set(field.as === 'json' ? jsonKey(field.name) : field.name, word === undefined ? typed : { ...typed, word })
  }
  const order = [names.timestamp, names.arrival, names.id_random, names.id_index]
  return { name: all.name, columns, order: order.map(key => ({ key, descending: true })) }
}

interface FieldColumn {
  readonly field: ScanField
  /** The value as JSON where the message has it. */
  readonly json: Sql
  readonly value: Sql
  /** The same as a number, where files have a column for it. */
  readonly asNumber: Sql | undefined
}

interface BranchParts {
  readonly scan: Scan
  readonly names: LogColumns
  readonly used: readonly LogColumn[]
  readonly fields: readonly FieldColumn[]
  readonly branch: SourceBranch
  readonly isUsed: (identifier: Sql) => boolean
}

/** Writes the tables of a branch, and gives the columns of the files that they read. */
function writeBranch(
  parts: BranchParts,
  [events, extracted]: readonly Reserved[],
  builder: Builder,
): readonly string[] {
  const { scan, names, used, fields, branch, isUsed } = parts
  const { dialect } = builder
  const isJson = dialect.isJsonObject(raw('fields'), raw('message'))
  const needed = new Set<LogColumn>(used)
  const read = new Set<string>()
  const found: Sql[] = []
  const taken: Sql[] = []
  for (const { field, json, value, asNumber } of fields) {
    const column = promotedColumn(field, branch)
    const values: [Sql, Sql] =
      column === undefined ? inEvent(field, json, names, builder) : inColumn(column, json, builder)
    if (column === undefined) {
      found.push(sql`CASE WHEN ${isJson} THEN ${inMessage(field, dialect)} END AS ${json}`)
      if (textPath(field, dialect) !== undefined) needed.add('message')
      needed.add('fields')
      for (const name of ['fields', 'message'] as const) read.add(name)
      if (field.name === '@requestId') for (const name of ['format', 'request_id'] as const) needed.add(name)
    } else {
      found.push(sql`${raw(quoteIdentifier(column.column))} AS ${json}`)
      read.add(column.column)
    }
    taken.push(sql`${values[0]} AS ${value}`)
    if (asNumber !== undefined && isUsed(asNumber)) taken.push(sql`${values[1]} AS ${asNumber}`)
  }
  const where = conditionsOf(scan, builder)
  const filter = where.length === 0 ? sql`` : sql` WHERE ${joinSql(where, ' AND ')}`
  const listed = logColumns.filter(column => needed.has(column))
  const selected = [...listed.map(column => sql`${raw(column)} AS ${names[column]}`), ...found]
  const select = selected.length === 0 ? sql`1 AS one` : joinSql(selected, ', ')
  events!.write(sql`SELECT ${select} FROM ${raw(branch.relation)}${filter}`)
  extracted?.write(sql`SELECT *, ${joinSql(taken, ', ')} FROM ${raw(events!.name)}`)
  for (const column of [...listed, ...filtered(scan)]) read.add(column)
  return [...read]
}

/** The value of a field as text or JSON, and as a number. */
function inEvent(field: ScanField, json: Sql, names: LogColumns, builder: Builder): [Sql, Sql] {
  const value = fieldValue(field, json, names, builder)
  return [value, builder.dialect.toNumber(value)]
}

/** A column gives the field's text back as it was: a whole double without `.0`, a boolean as 1 or 0. */
function inColumn({ type }: PromotedColumn, column: Sql, { dialect }: Builder): [Sql, Sql] {
  if (type === 'string') return [column, dialect.toNumber(column)]
  if (type === 'boolean') {
    const [yes, no] = [sql`WHEN ${column}`, sql`WHEN NOT ${column}`]
    const number = sql`CASE ${yes} THEN CAST(1 AS DOUBLE) ${no} THEN CAST(0 AS DOUBLE) END`
    return [sql`CASE ${yes} THEN '1' ${no} THEN '0' END`, number]
  }
  const text = sql`CAST(${column} AS VARCHAR)`
  const whole = sql`regexp_replace(${text}, ${quoted('\\.0$')}, '')`
  return [type === 'double' ? whole : text, sql`CAST(${column} AS DOUBLE)`]
}

function promotedColumn({ name, as }: ScanField, { promoted }: SourceBranch): PromotedColumn | undefined {
  return as === 'text' && name !== '@requestId' ? promoted.get(name) : undefined
}

/** Columns that the scan's own conditions read. */
function filtered({ from, to, groups }: Scan): readonly LogColumn[] {
  const columns: LogColumn[] = from === null && to === null ? [] : ['timestamp']
  if (groups !== null && groups.names.length + groups.prefixes.length > 0) columns.push('log_group')
  if (groups !== null && groups.accounts.length > 0) columns.push('account_id')
  return columns
}

type LogColumn = (typeof logColumns)[number]
type LogColumns = Readonly<Record<LogColumn, Sql>>

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

/** What is taken out of the message first: JSON, or its text where that mostly says what value it is. */
function inMessage(field: ScanField, dialect: Dialect): Sql {
  const path = textPath(field, dialect)
  if (path !== undefined) return dialect.jsonFieldText(raw('message'), path)
  const values = pathsOf(field.name).map(steps => dialect.jsonField(raw('message'), steps))
  return values.length === 1 ? values[0]! : sql`coalesce(${joinSql(values, ', ')})`
}

/** The place of a field whose text is enough, for a name that can stand in one place only. */
function textPath({ name, as }: ScanField, dialect: Dialect): readonly string[] | undefined {
  const [path, other] = pathsOf(name)
  return as === 'text' && other === undefined && dialect.isDoubtfulText !== undefined ? path : undefined
}

function fieldValue(field: ScanField, found: Sql, names: LogColumns, { dialect }: Builder): Sql {
  const { name, as } = field
  const inLine = dialect.mapValue(names.fields, name)
  if (as === 'json') return sql`coalesce(${found}, ${dialect.jsonString(inLine)})`
  const path = textPath(field, dialect)
  // Named once: what is repeated within the branch would be computed for every row.
  const exact =
    path === undefined
      ? dialect.jsonScalar(found)
      : dialect.bind('json', dialect.jsonField(names.message, path), json => dialect.jsonScalar(json))
  const isDoubtful = path === undefined ? undefined : dialect.isDoubtfulText?.(found)
  const values = [
    inLine,
    isDoubtful === undefined ? exact : sql`CASE WHEN ${isDoubtful} THEN ${exact} ELSE ${found} END`,
  ]
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
