import { and, call, compare, type Expr, field, literal, not, or } from '../plan/expr.js'
import type { GroupSelection } from '../plan/node.js'
import type { Command, Source, SourceClause } from './ast.js'
import { type DataSource, dataSources } from './data-sources.js'
import type { Lowering, LowerOptions } from './lowering.js'
import { resolve } from './scope.js'

type Fail = Lowering['fail']
type Clause<Kind extends SourceClause['kind']> = Extract<SourceClause, { kind: Kind }>

/** The log groups that a query reads, by its first command or, without `SOURCE`, by the options. */
export function groupsOf(first: Command | undefined, options: LowerOptions, fail: Fail): GroupSelection | null {
  if (first?.kind === 'source') return selectionOf(first, fail)
  return options.logGroups === undefined ? null : { names: options.logGroups, prefixes: [], accounts: [] }
}

const maxPrefixes = 5
const maxAccounts = 20
const maxDataSources = 10

function selectionOf({ group, clauses }: Source, fail: Fail): GroupSelection | null {
  if (group !== null) return { names: [group.value], prefixes: [], accounts: [] }
  const prefixes: string[] = []
  const accounts: string[] = []
  for (const { name, values, span } of clauses.flatMap(clause => (clause.kind === 'logGroups' ? clause.options : []))) {
    if (name === 'class') checkClasses(values, span, fail)
    else (name === 'namePrefix' ? prefixes : accounts).push(...values)
    if (prefixes.length > maxPrefixes) fail('too-many', span, `SOURCE takes ${maxPrefixes} prefixes`)
    if (accounts.length > maxAccounts) fail('too-many', span, `SOURCE takes ${maxAccounts} accounts`)
  }
  return prefixes.length + accounts.length === 0 ? null : { names: [], prefixes, accounts }
}

const classes = ['STANDARD', 'INFREQUENT_ACCESS', 'DELIVERY']

/** Groups reach the lake by subscription filters and exports, which the Standard class alone can have (User Guide, "Log classes"). */
function checkClasses(values: readonly string[], span: Source['span'], fail: Fail): void {
  const other = values.find(value => value !== 'STANDARD')
  if (other === undefined) return
  if (!classes.includes(other)) {
    fail('bad-class', span, `expected the class STANDARD, found "${other}"`, `classes are ${classes.join(', ')}`)
    return
  }
  const hint =
    "the lake holds groups of the class STANDARD: CloudWatch gives others' events neither to filters nor to exports"
  fail('unsupported', span, `unsupported: log groups of the class ${other}`, hint)
}

/** Narrows the events to the data sources; which groups are read is said in the scan. */
export function lowerSource(lowering: Lowering, { clauses }: Source): void {
  for (const clause of clauses) {
    if (clause.kind === 'logGroupTags') failTags(clause, lowering.fail)
    if (clause.kind === 'dataSource') lowerDataSources(lowering, clause)
  }
}

function failTags({ span }: Clause<'logGroupTags'>, fail: Fail): void {
  const hint =
    "the lake does not know tags of log groups; name them by prefix: SOURCE logGroups(namePrefix: ['/aws/lambda/'])"
  fail('unsupported', span, 'unsupported: SOURCE logGroupTags(…)', hint)
}

function lowerDataSources(lowering: Lowering, { values, span }: Clause<'dataSource'>): void {
  if (values.length > maxDataSources) lowering.fail('too-many', span, `SOURCE takes ${maxDataSources} data sources`)
  const read = (name: string) => resolve(lowering.scope, [name]) ?? field(name)
  const conditions = values.map((value): Expr => {
    const source = dataSources.get(value)
    if (source === undefined) {
      const hint = `known are ${[...dataSources.keys()].join(', ')}; others are found by filter @format = "…" or by prefix`
      return lowering.fail('unsupported', span, `unsupported: the data source "${value}"`, hint)
    }
    const isFormat = compare(read('@format'), '=', literal(source.format))
    if (source.category === undefined) return isFormat
    return and([isFormat, isOfCategory(source.category, read)])
  })
  lowering.plan = { kind: 'filter', input: lowering.plan, condition: or(conditions) }
}

/** Events before version 1.07 have no category; those before 1.06 do not say either whether they are of management. */
function isOfCategory(category: NonNullable<DataSource['category']>, read: (name: string) => Expr): Expr {
  const eventCategory = read('eventCategory')
  const isData = compare(read('managementEvent'), '=', literal(0))
  const isSaid = category === 'Data' ? isData : not(isData)
  return or([compare(eventCategory, '=', literal(category)), and([not(call('ispresent', eventCategory)), isSaid])])
}
