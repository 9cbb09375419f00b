import { call, type Expr, field } from '../plan/expr.js'
import type { Column } from '../plan/node.js'
import type { Command, CommandKind, Item } from './ast.js'
import { kindOf, lowerExpr, lowerPath, lowerScalar } from './lower-expr.js'
import { lowerJson, lowerParse } from './lower-extracting.js'
import { lowerAppendCols, lowerCidrLookup, lowerJoin, lowerLookup } from './lower-joining.js'
import { lowerAnomaly, lowerDiff, lowerLogCompare, lowerPattern } from './lower-patterns.js'
import { lowerRelevantFields } from './lower-relevance.js'
import {
  lowerAccum,
  lowerAddTotals,
  lowerAutoregress,
  lowerFillDown,
  lowerFillMissing,
  lowerOutlier,
  lowerSessionize,
} from './lower-rows.js'
import { lowerSource } from './lower-source.js'
import { lowerCountFrequent, lowerStats } from './lower-stats.js'
import { addOutput, define, extend, type Lowering, maxLimit, nameOfPath } from './lowering.js'

/** The command of a kind, also where several kinds share a type. */
type Of<Kind extends CommandKind, One = Command> = One extends { readonly kind: CommandKind }
  ? Kind extends One['kind']
    ? One
    : never
  : never

type Lowerers = { readonly [Kind in CommandKind]: (lowering: Lowering, command: Of<Kind>) => void }

const lowerers: Lowerers = {
  source: lowerSource,
  fields: lowerFields,
  display: lowerDisplay,
  filter: lowerFilter,
  where: lowerFilter,
  filterIndex: lowerFilter,
  stats: lowerStats,
  countFrequent: (lowering, { paths }) => lowerCountFrequent(lowering, paths),
  sort: lowerSort,
  limit: lowerLimit,
  dedup: lowerDedup,
  parse: lowerParse,
  json: lowerJson,
  unnest: lowerUnnest,
  expand: lowerExpand,
  join: lowerJoin,
  lookup: lowerLookup,
  cidrlookup: lowerCidrLookup,
  appendcols: lowerAppendCols,
  addtotals: lowerAddTotals,
  accum: lowerAccum,
  autoregress: lowerAutoregress,
  filldown: lowerFillDown,
  sessionize: lowerSessionize,
  outlier: lowerOutlier,
  pattern: lowerPattern,
  diff: lowerDiff,
  anomaly: lowerAnomaly,
  relevantfields: lowerRelevantFields,
  logcompare: lowerLogCompare,
  fillmissing: lowerFillMissing,
  estimate: unsupported,
}

/** Puts a command's steps on top of the plan. */
export function lowerCommand(lowering: Lowering, command: Command): void {
  const lower = lowerers[command.kind] as (lowering: Lowering, command: Command) => void
  lower(lowering, command)
}

function unsupported({ fail }: Lowering, { kind, span }: Command): void {
  fail('unsupported', span, `unsupported: ${kind}`)
}

/** Names of the answer and of the rows: a name that is taken would change what the commands before it meant. */
function lowerFields(lowering: Lowering, { items }: Of<'fields'>): void {
  const { output } = lowering
  if (output.isReplaceable) output.aggregated = []
  output.isReplaceable = false
  const columns = output.aggregated ?? output.fields
  output.selected = items.map(item => {
    const { alias } = item
    if (alias !== null && columns.some(({ name }) => name === alias.name))
      lowering.fail('redefined-field', alias.span, `"${alias.name}" is a column already`, 'take another name')
    const column = lowerItem(lowering, item)
    addOutput(columns, column)
    return column
  })
}

function lowerDisplay(lowering: Lowering, { items }: Of<'display'>): void {
  const columns: Column[] = []
  for (const item of items) {
    const { alias } = item
    const column = lowerItem(lowering, item)
    if (alias !== null && columns.some(({ name }) => name === alias.name))
      lowering.fail('redefined-field', alias.span, `"${alias.name}" is a column already`, 'take another name')
    columns.push(column)
  }
  lowering.output.display = columns
}

/** Makes an expression a column; a field without alias is one already. */
function lowerItem(lowering: Lowering, { expr, alias, text }: Item): Column {
  const value = lowerExpr(lowering, expr)
  const name = alias?.name ?? (expr.kind === 'path' ? nameOfPath(lowering, expr.steps) : (text ?? ''))
  if (alias === null && expr.kind === 'path') return { name, value }
  if (value.kind === 'field' && value.name === name) return { name, value }
  extend(lowering, [{ name, value, kind: kindOf(lowering, value) }])
  return { name, value: field(name) }
}

function lowerFilter(lowering: Lowering, { condition }: Of<'filter' | 'where' | 'filterIndex'>): void {
  const lowered = lowerExpr(lowering, condition)
  lowering.plan = { kind: 'filter', input: lowering.plan, condition: lowered }
}

function lowerSort(lowering: Lowering, { keys }: Of<'sort'>): void {
  const lowered = keys.map(({ expr, direction }) => {
    const { bin, fields, columns } = lowering.scope
    const isTime = expr.kind === 'path' && expr.steps.join('.') === '@timestamp'
    // The guide sorts by @timestamp after a stats by bin().
    const isBin = isTime && fields === null && bin !== null && !columns.has('@timestamp')
    return { value: isBin ? field(bin.column) : lowerScalar(lowering, expr), descending: direction === 'desc' }
  })
  lowering.plan = { kind: 'sort', input: lowering.plan, keys: lowered }
}

function lowerLimit(lowering: Lowering, { count, any, countSpan }: Of<'limit'>): void {
  if (count > maxLimit) lowering.fail('bad-limit', countSpan, `a query gives at most ${maxLimit} rows`)
  lowering.plan = { kind: 'limit', input: lowering.plan, count, any }
}

function lowerDedup(lowering: Lowering, { paths }: Of<'dedup' | 'countFrequent'>): void {
  const keys = paths.map(path => lowerScalar(lowering, path))
  lowering.plan = { kind: 'dedup', input: lowering.plan, keys }
}

function lowerUnnest(lowering: Lowering, { list, alias }: Of<'unnest'>): void {
  addUnnest(lowering, lowerPath(lowering, list, 'json'), alias.name)
  const { aggregated, fields, extracted } = lowering.output
  addOutput(aggregated ?? (fields.length > 0 ? fields : extracted), { name: alias.name, value: field(alias.name) })
}

function lowerExpand(lowering: Lowering, { list }: Of<'expand'>): void {
  addUnnest(lowering, call('jsonArray', lowerPath(lowering, list, 'json')), list.steps.join('.'))
}

function addUnnest(lowering: Lowering, list: Expr, name: string): void {
  lowering.plan = { kind: 'unnest', input: lowering.plan, list, name }
  define(lowering, name, 'json')
}
