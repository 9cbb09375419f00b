import { findFunction } from '../functions.js'
import { type Frame, type Item, isMarkItem, isOperatorWord, isWord } from './frames.js'

/** What can stand at a place of a query. */
export interface Expectation {
  readonly commands?: 'first' | 'nested' | 'later'
  readonly fields?: boolean
  /** `aggregate`: the functions of stats, and the others. */
  readonly functions?: 'scalar' | 'aggregate'
  /** The function that stands here most often. */
  readonly favourite?: string
  /** `capped`: of `bin()`, whose counts have documented caps. */
  readonly periods?: 'capped' | 'any'
  readonly keywords?: readonly string[]
  readonly tables?: boolean
  /** The columns of this lookup table. */
  readonly columnsOf?: string
}

const nothing: Expectation = {}
const value: Expectation = { fields: true, functions: 'scalar', keywords: ['not'] }
const field: Expectation = { fields: true }
const conditionWords = ['and', 'or', 'like', 'not like', 'in', 'not in']

/** What can stand after what is there already of the innermost frame. */
export function expectationOf(frames: readonly Frame[]): Expectation {
  const inner = frames.at(-1)!
  if (inner.kind !== 'query') return expectationWithin(frames)
  const [command, ...rest] = inner.items
  if (command === undefined) {
    if (frames.length > 1 && inner.commands.length === 0) return { commands: 'nested' }
    return { commands: inner.commands.length === 0 ? 'first' : 'later' }
  }
  if (command.kind !== 'word') return nothing
  const word = command.text.toLowerCase()
  return grammars[otherSpellings[word] ?? word]?.(rest) ?? nothing
}

const otherSpellings: Readonly<Record<string, string>> = {
  order: 'sort',
  head: 'limit',
  count_frequent: 'countfrequent',
}

function expectationWithin(frames: readonly Frame[]): Expectation {
  const inner = frames.at(-1)!
  const name = inner.name?.text.toLowerCase() ?? ''
  if (sourceOptions[name] !== undefined) return sourceOption(name, inner.items)
  if (isWithinSource(frames)) return nothing
  const period = periodArguments[name]
  if (inner.kind === 'call' && period === inner.argument) {
    return endsOperand(inner.items) ? nothing : { periods: name === 'bin' ? 'capped' : 'any' }
  }
  const asked = condition(inner.items)
  return asked.functions === undefined || !takesAggregates(frames) ? asked : { ...asked, functions: 'aggregate' }
}

/** Which argument of a function is a period. */
const periodArguments: Readonly<Record<string, number>> = { bin: 0, datefloor: 1, dateceil: 1, rate: 1 }

const sourceOptions: Readonly<Record<string, readonly string[]>> = {
  loggroups: ['namePrefix', 'accountIdentifier', 'class'],
  datasource: [],
  loggrouptags: [],
}

function sourceOption(name: string, items: readonly Item[]): Expectation {
  const isNext = items.length === 0 || isMarkItem(items.at(-1), ',')
  return isNext ? { keywords: sourceOptions[name]!.map(option => `${option}:`) } : nothing
}

/** In a list of texts, such as that of `namePrefix:`. */
function isWithinSource(frames: readonly Frame[]): boolean {
  const query = frames.findLastIndex(({ kind }) => kind === 'query')
  return isWord(frames[query]!.items[0], 'source')
}

/** In the first part of stats, and not within an aggregate already. */
function takesAggregates(frames: readonly Frame[]): boolean {
  const query = frames.findLastIndex(({ kind }) => kind === 'query')
  const { items } = frames[query]!
  if (!isWord(items[0], 'stats') || items.some(item => isWord(item, 'by'))) return false
  return frames.slice(query + 1).every(({ name }) => findFunction(name?.text ?? '')?.kind !== 'aggregate')
}

/** Whether what is there ends with a value, so that an operator or a keyword comes next. */
export function endsOperand(items: readonly Item[]): boolean {
  const last = items.at(-1)
  if (last === undefined || last.kind === 'mark') return isStar(items)
  return !isOperatorWord(last) && !isWord(last, 'in')
}

/** `count(*)`, and the end of `cpu*`. */
function isStar(items: readonly Item[]): boolean {
  return items.length === 1 && isMarkItem(items[0], '*')
}

function condition(items: readonly Item[], after: readonly string[] = []): Expectation {
  const last = items.at(-1)
  if (isWord(last, 'like') || isMarkItem(last, '=~') || isWord(last, 'as')) return nothing
  if (isWord(last, 'in')) return nothing
  if (isWord(last, 'not')) return endsOperand(items.slice(0, -1)) ? { keywords: ['like', 'in'] } : value
  return endsOperand(items) ? { keywords: [...after, ...conditionWords] } : value
}

/** Expressions with aliases, as in fields and in both parts of stats. */
function listOfValues(items: readonly Item[], after: readonly string[]): Expectation {
  const start = items.findLastIndex(item => isMarkItem(item, ','))
  const one = items.slice(start + 1)
  const named = one.findIndex(item => isWord(item, 'as'))
  if (named === -1) return condition(one, ['as', ...after])
  return named === one.length - 1 ? nothing : { keywords: after }
}

function listOfFields(items: readonly Item[], after: readonly string[] = []): Expectation {
  const isNext = items.length === 0 || isMarkItem(items.at(-1), ',')
  if (isNext) return field
  return isWord(items.at(-1), 'as') ? nothing : { keywords: after }
}

function stats(items: readonly Item[]): Expectation {
  const by = items.findIndex(item => isWord(item, 'by'))
  if (by === -1) {
    const asked = listOfValues(items, ['by'])
    return asked.functions === undefined ? asked : { functions: 'aggregate', fields: true }
  }
  if (isWord(items.at(-1), 'offset')) return { periods: 'any' }
  const asked = listOfValues(items.slice(by + 1), items.some(item => isWord(item, 'bin')) ? ['offset'] : [])
  return asked.functions === undefined ? asked : { ...asked, favourite: 'bin' }
}

function parse(items: readonly Item[]): Expectation {
  const last = items.at(-1)
  if (last === undefined) return { ...value, keywords: ['logfmt', 'csv'] }
  const isRegex = items.some(({ kind }) => kind === 'regex')
  if (items.some(item => isWord(item, 'as'))) {
    const isNamed = last.kind === 'word' && !isWord(last, 'as')
    return isRegex && isNamed ? { keywords: ['multi'] } : nothing
  }
  if (isRegex) return { keywords: ['as', 'multi'] }
  if (last.kind === 'string' || isWord(last, 'logfmt') || isWord(last, 'csv')) return { keywords: ['as'] }
  return endsOperand(items) ? { keywords: ['logfmt', 'csv'] } : value
}

/** `name=` options in front of fields; those that are written already are not offered again. */
function options(names: Readonly<Record<string, readonly string[]>>, then: (items: readonly Item[]) => Expectation) {
  return (items: readonly Item[]): Expectation => {
    const last = items.at(-1)
    const before = items.at(-2)
    if (isMarkItem(last, '=') && before?.kind === 'word') return { keywords: names[before.text.toLowerCase()] ?? [] }
    const equals = items.findLastIndex(item => isMarkItem(item, '='))
    const rest = items.slice(equals === -1 ? 0 : equals + 2)
    const asked = then(rest)
    if (rest.length > 0) return asked
    const open = Object.keys(names).filter(name => !items.some(item => isWord(item, name)))
    return { ...asked, keywords: [...open.map(name => `${name}=`), ...(asked.keywords ?? [])] }
  }
}

const switches = ['true', 'false']

function join(items: readonly Item[]): Expectation {
  const where = items.findIndex(item => isWord(item, 'where'))
  if (where !== -1) {
    const rest = items.slice(where + 1)
    return rest.length === 0 || isMarkItem(rest.at(-1), '=') ? field : nothing
  }
  const has = (name: string) => items.some((item, at) => isWord(item, name) && isMarkItem(items[at + 1], '='))
  const sides = ['left', 'right'].filter(name => !has(name)).map(name => `${name}=`)
  const asked = options({ type: ['inner', 'left'] }, () => nothing)(items)
  if (isMarkItem(items.at(-1), '=')) return asked
  const type = has('type') || items.length > 0 ? [] : ['type=']
  return { keywords: sides.length === 0 ? ['where'] : [...type, ...sides.slice(0, 1)] }
}

function lookup(items: readonly Item[]): Expectation {
  const [table] = items
  if (table === undefined) return { tables: true }
  const columnsOf = table.kind === 'word' ? table.text : ''
  const output = items.findIndex(item => isWord(item, 'output') || isWord(item, 'outputnew'))
  const last = items.at(-1)!
  if (output !== -1) return last === items[output] || isMarkItem(last, ',') ? { columnsOf } : nothing
  if (items.length === 1 || isMarkItem(last, ',')) return { columnsOf }
  if (isWord(last, 'as')) return field
  return { keywords: ['as', 'OUTPUT', 'OUTPUTNEW'].slice(isWord(items.at(-2), 'as') ? 1 : 0) }
}

function cidrlookup(items: readonly Item[]): Expectation {
  const [table] = items
  if (table === undefined) return { tables: true }
  const columnsOf = table.kind === 'word' ? table.text : ''
  const output = items.findIndex(item => isWord(item, 'output') || isWord(item, 'outputnew'))
  const last = items.at(-1)!
  if (output !== -1) {
    if (last === items[output] || isMarkItem(last, ',')) return { columnsOf }
    return isWord(last, 'as') || isWord(items.at(-2), 'as') ? nothing : { keywords: ['as'] }
  }
  if (items.length === 1) return field
  if (isWord(last, 'as')) return { columnsOf }
  return { keywords: ['as', 'OUTPUT', 'OUTPUTNEW'].slice(isWord(items.at(-2), 'as') ? 1 : 0) }
}

function sessionize(items: readonly Item[]): Expectation {
  if (isWord(items.at(-1), 'maxspan')) return { periods: 'any' }
  const has = items.some(item => isWord(item, 'maxspan'))
  return listOfFields(items, items.some(item => isWord(item, 'as')) ? [] : has ? ['as'] : ['maxspan', 'as'])
}

function fillmissing(items: readonly Item[]): Expectation {
  const last = items.at(-1)
  if (last === undefined) return { keywords: ['with'] }
  if (isWord(last, 'for')) return field
  return last.kind === 'number' || last.kind === 'string' ? { keywords: ['for'] } : nothing
}

function autoregress(items: readonly Item[]): Expectation {
  if (items.length === 0) return field
  if (isMarkItem(items.at(-1), '=') || isWord(items.at(-1), 'as')) return nothing
  const open = [
    ...(items.some(item => isWord(item, 'as')) ? [] : ['as']),
    ...(items.some(item => isWord(item, 'p')) ? [] : ['p=']),
  ]
  return { keywords: open }
}

const filter = (items: readonly Item[]) => condition(items)

/** After the word of a command, what can come next; commands that take nothing more are left out. */
const grammars: Readonly<Record<string, (items: readonly Item[]) => Expectation>> = {
  fields: items => listOfValues(items, []),
  display: items => listOfValues(items, []),
  filter,
  where: filter,
  filterindex: items => (items.length === 0 ? field : items.length === 1 ? { keywords: ['in'] } : nothing),
  stats,
  sort: items => {
    const start = items.findLastIndex(item => isMarkItem(item, ','))
    const key = items.slice(start + 1)
    if (isWord(key.at(-1), 'asc') || isWord(key.at(-1), 'desc')) return nothing
    const isFirst = items.length === 0
    if (key.length > 0 && endsOperand(key)) return { keywords: ['asc', 'desc'] }
    return { fields: true, functions: 'scalar', keywords: isFirst ? ['by'] : [] }
  },
  limit: items => (items.length === 0 ? { keywords: ['any'] } : nothing),
  dedup: items => listOfFields(items),
  countfrequent: items => listOfFields(items),
  parse,
  json: items => {
    if (items.length === 0) return { keywords: ['field='] }
    return isMarkItem(items.at(-1), '=') ? field : items.at(-1)!.kind === 'string' ? { keywords: ['as'] } : nothing
  },
  unnest: items => (items.length === 0 ? field : items.length === 1 ? { keywords: ['into'] } : nothing),
  expand: items => (items.length === 0 ? field : nothing),
  pattern: items => (endsOperand(items) ? nothing : { fields: true, functions: 'scalar' }),
  diff: items => (items.length === 0 ? { keywords: ['previousDay', 'previousWeek', 'previousMonth'] } : nothing),
  logcompare: items =>
    items.length === 0 ? { keywords: ['timeshift'] } : isWord(items.at(-1), 'timeshift') ? { periods: 'any' } : nothing,
  relevantfields: items => {
    const where = items.findIndex(item => isWord(item, 'where'))
    if (where !== -1) return condition(items.slice(where + 1))
    return items.length === 0 ? { fields: true, keywords: ['where'] } : listOfFields(items, ['where'])
  },
  join,
  lookup,
  cidrlookup,
  appendcols: options({ override: switches, max: [] }, () => nothing),
  addtotals: options({ fieldname: [], row: switches, col: switches }, items => listOfFields(items)),
  accum: items => listOfFields(items, ['as']),
  autoregress,
  filldown: () => field,
  fillmissing,
  sessionize,
  outlier: options({ action: ['remove', 'transform'], param: [], uselower: switches, mark: switches }, () => field),
  source: items => (items.length === 0 ? { keywords: ['logGroups(', 'dataSource('] } : nothing),
}
