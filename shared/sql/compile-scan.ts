import type { GroupSelection, Scan, Values } from '../plan/node.js'
import { joinSql, numeral, param, quoted, raw, type Sql, sql } from './fragment.js'
import {
  addTable,
  type Builder,
  isAmong,
  jsonKey,
  namesIn,
  type Relation,
  type Reserved,
  reserve,
  type SourceBranch,
} from './relation.js'
import { rarestEnd } from './required-text.js'
import {
  type FieldColumn,
  fieldColumn,
  levelsOf,
  promotedColumn,
  takeFields,
  typedField,
  usedColumns,
} from './scan-fields.js'
import type { Search, Typed } from './typed.js'

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
  'level',
  'request_id',
  'trace_id',
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
  const last = builder.scans.at(-1)?.source ?? -1
  const source = builder.again === undefined ? last + 1 : last
  const branches = builder.sources[source] ?? [{ relation: 'logs', promoted: new Map() }]
  const fields = discovered.map(field => {
    const isFiltered = builder.filtered.get(scan)?.has(field.name) === true
    const isPromoted = branches.some(branch => promotedColumn(field, branch) !== undefined)
    return fieldColumn(field, isFiltered, isPromoted, builder)
  })
  const tables = levelsOf(fields).flatMap((_, index) => (index === 0 ? ['fields'] : ['found', 'fields']))
  const places = branches.map(() => ['events', ...tables].map(purpose => reserve(builder, purpose)))
  const all = branches.length > 1 ? reserve(builder, 'all') : places[0]!.at(-1)!
  builder.scans.push({
    scan,
    source,
    finish: isUsed => {
      const used = logColumns.filter(column => isUsed(names[column]))
      const written = branches.map((branch, index) =>
        writeBranch({ scan, names, used, fields, branch, isUsed }, places[index]!, builder),
      )
      if (branches.length > 1) {
        const kept = fields.flatMap(column => usedColumns(column, isUsed))
        const listed = [...used.map(column => names[column]), ...kept]
        const list = listed.length === 0 ? raw('1 AS one') : joinSql(listed, ', ')
        const selects = places.map(place => sql`SELECT ${list} FROM ${raw(place.at(-1)!.name)}`)
        all.write(joinSql(selects, ' UNION ALL '))
      }
      return written
    },
  })
  for (const column of fields) {
    const { name, as } = column.field
    columns.set(as === 'json' ? jsonKey(name) : name, typedField(column, builder))
  }
  const order = [names.timestamp, names.arrival, names.id_random, names.id_index].map((key, index) => {
    return { key, descending: true, ...(index === 0 ? { isPresent: true } : {}) }
  })
  return { name: all.name, columns, order, time: names.timestamp }
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
  { scan, names, used, fields, branch, isUsed }: BranchParts,
  tables: readonly Reserved[],
  builder: Builder,
): readonly string[] {
  const stored = { fields: raw('fields'), message: raw('message') }
  const levels = levelsOf(fields).map((level, index) =>
    takeFields(level, branch, index === 0 ? stored : names, names, isUsed, builder),
  )
  const [first, second] = levels
  const needed = namesIn(levels.flatMap(({ taken }, index) => (index === 0 ? taken : [...second!.found, ...taken])))
  const listed = logColumns.filter(column => used.includes(column) || isAmong(needed, names[column]))
  const conditioned = branch.isWithin === true ? { ...scan, from: null, to: null } : scan
  const where = conditionsOf(conditioned, builder)
  const filter = where.length === 0 ? sql`` : sql` WHERE ${joinSql(where, ' AND ')}`
  const columns = listed.map(column => sql`${raw(column)} AS ${names[column]}`)
  const selected = [...columns, ...levels.flatMap(level => level.selected), ...(first?.found ?? [])]
  const select = selected.length === 0 ? sql`1 AS one` : joinSql(selected, ', ')
  const [events, ...others] = tables
  const { again } = builder
  const near = again?.near() ?? sql``
  events!.write(sql`SELECT ${select} FROM ${raw(branch.relation)}${near}${filter}`)
  const added = [first?.taken, second?.found, second?.taken]
  others.forEach((table, index) => {
    table.write(sql`SELECT ${joinSql([raw('*'), ...added[index]!], ', ')} FROM ${raw(tables[index]!.name)}`)
  })
  const isFromEvent = first !== undefined && first.found.length > 0
  const ofEvent = isFromEvent ? ['message', ...(branch.isFieldless === true ? [] : ['fields'])] : []
  const promoted = levels.flatMap(level => level.columns)
  const ofAgain = again === undefined ? [] : ['timestamp']
  return [...new Set([...promoted, ...ofEvent, ...listed, ...filtered(conditioned), ...ofAgain])]
}

/** Columns that the scan's own conditions read. */
function filtered({ from, to, streams, groups }: Scan): readonly LogColumn[] {
  const columns: LogColumn[] = from === null && to === null ? [] : ['timestamp']
  if (streams !== undefined) columns.push('log_stream')
  if (groups !== null && groups.names.length + groups.prefixes.length > 0) columns.push('log_group')
  if (groups !== null && groups.accounts.length > 0) columns.push('account_id')
  return columns
}

type LogColumn = (typeof logColumns)[number]
type LogColumns = Readonly<Record<LogColumn, Sql>>

const systemColumns: Readonly<Record<string, (names: LogColumns, builder: Builder) => Typed>> = {
  '@timestamp': ({ timestamp }, { dialect }) => ({ sql: dialect.epochMs(timestamp), type: 'time' }),
  '@ingestionTime': ({ arrival }, { dialect }) => ({ sql: dialect.epochMs(arrival), type: 'time' }),
  '@message': ({ message }, { dialect }) => {
    const mayHold = (text: string, by: Search) => {
      const part = rarestEnd(text)
      const isCheaper = dialect.seeksFirstCharacter && (by === 'regex' || (by === 'anywhere' && part !== text))
      return isCheaper ? dialect.contains(message, dialect.text(param(part))) : undefined
    }
    return { sql: message, type: 'text', mayHold }
  },
  '@logStream': ({ log_stream }) => ({ sql: log_stream, type: 'text' }),
  '@log': ({ account_id, log_group }) => ({ sql: sql`(${account_id} || ':' || ${log_group})`, type: 'text' }),
  '@source.log': ({ log_group }) => ({ sql: log_group, type: 'text' }),
  '@aws.account': ({ account_id }) => ({ sql: account_id, type: 'text' }),
  '@aws.region': ({ region }) => ({ sql: region, type: 'text' }),
  '@format': ({ format }) => ({ sql: format, type: 'text' }),
  '@level': ({ level }) => ({ sql: level, type: 'text' }),
  '@request_id': ({ request_id }) => ({ sql: request_id, type: 'text' }),
  '@trace_id': ({ trace_id }) => ({ sql: trace_id, type: 'text' }),
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

/** Names are literals, not parameters, so that files and row groups can be left out by their statistics. */
function conditionsOf({ from, to, streams, groups }: Scan, builder: Builder): readonly Sql[] {
  const { dialect } = builder
  const conditions: Sql[] = []
  if (from !== null) conditions.push(sql`timestamp >= ${dialect.instant(from)}`)
  if (to !== null) conditions.push(sql`timestamp <= ${dialect.instant(to)}`)
  if (streams !== undefined) conditions.push(isIn('log_stream', streams))
  return groups === null ? conditions : [...conditions, ...groupConditions(groups, builder)]
}

function groupConditions({ names, prefixes, accounts }: GroupSelection, { dialect }: Builder): readonly Sql[] {
  const conditions: Sql[] = []
  const groups = prefixes.map(prefix => dialect.startsWith(raw('log_group'), quoted(prefix)))
  if (names.length > 0) groups.unshift(isIn('log_group', names))
  if (groups.length > 0) conditions.push(sql`(${joinSql(groups, ' OR ')})`)
  if (accounts.length > 0) conditions.push(isIn('account_id', accounts))
  return conditions
}

function isIn(column: LogColumn, values: readonly string[]): Sql {
  return sql`${raw(column)} IN (${joinSql(values.map(quoted), ', ')})`
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
