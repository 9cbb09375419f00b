import { type CommandEntry, commands } from '../commands.js'
import { formatName } from '../format-expr.js'
import { functions } from '../functions.js'
import { type SampleQuery, sampleQueries } from '../samples/sample-queries.js'
import type { Candidate } from './candidate.js'
import { columnNames } from './column-names.js'
import { wordOf } from './find-word.js'
import { knownFields } from './known-fields.js'
import type { NamesInScope } from './names-in-scope.js'

/** A field of the log group that is queried, as field discovery finds it. */
export interface DiscoveredField {
  readonly name: string
  readonly type?: string
  /** Share of the events that have it, 0 to 100. */
  readonly percentage?: number
}

export interface LookupTableNames {
  readonly name: string
  readonly columns: readonly string[]
}

const usualCommands = ['fields', 'filter', 'stats', 'sort', 'limit', 'parse', 'display', 'dedup', 'pattern', 'where']
/** What can only follow a command of a certain kind is offered after it alone. */
const onlyAfter: Readonly<Record<string, readonly string[]>> = {
  diff: ['pattern'],
  anomaly: ['pattern'],
  fillmissing: ['stats', 'sort', 'fillmissing'],
}

/** What would be an error after one of these is not offered; after dedup nothing but limit. */
const neverAfter: Readonly<Record<string, readonly string[]>> = {
  join: ['join'],
  pattern: ['sort', 'order'],
  stats: ['sort', 'order', 'limit', 'head'],
}

/** @param place first of the query, first of a query within a query, or later */
export function commandCandidates(
  place: 'first' | 'nested' | 'later',
  previous: readonly string[],
): readonly Candidate[] {
  if (place === 'nested') return [commandCandidate(commands.find(({ name }) => name === 'SOURCE')!)]
  const isOffered = ({ name }: CommandEntry) => {
    if (name === 'SOURCE') return place === 'first'
    if (previous.includes('dedup') && name !== 'limit') return false
    if (neverAfter[name]?.some(one => previous.includes(one))) return false
    const needed = onlyAfter[name]
    return needed === undefined || needed.some(one => previous.includes(one.toLowerCase()))
  }
  return commands.filter(isOffered).map(commandCandidate)
}

function commandCandidate({ name, syntax, description }: CommandEntry): Candidate {
  const usual = usualCommands.indexOf(name)
  const aliases = name === 'countFrequent' ? ['count_frequent'] : []
  const weight =
    usual === -1 ? (onlyAfter[name] === undefined ? 0 : usualCommands.length + 1) : usualCommands.length - usual
  return { kind: 'command', label: name, insert: name, detail: syntax, help: description, aliases, weight }
}

const usualFunctions = ['count', 'avg', 'sum', 'max', 'min', 'pct', 'countDistinct', 'bin', 'ispresent']

/**
 * @param isOpen a parenthesis follows the name already
 * @param favourite goes before everything else
 */
export function functionCandidates(
  kind: 'scalar' | 'aggregate',
  isOpen: boolean,
  favourite?: string,
): readonly Candidate[] {
  return functions
    .filter(one => kind === 'aggregate' || one.kind === 'scalar')
    .map(one => {
      const insert = isOpen ? one.name : `${one.name}()`
      const caret = isOpen || one.arity[1] === 0 ? insert.length : insert.length - 1
      const usual = usualFunctions.indexOf(one.name)
      const base = one.name === favourite ? 500 : kind === 'aggregate' && one.kind === kind ? 400 : 100
      const weight = base + (usual === -1 ? 0 : usualFunctions.length - usual)
      const { aliases, signature: detail, description: help } = one
      return { kind: 'function', label: one.name, insert, caret, detail, help, aliases, weight } as const
    })
}

/** @param command the one that they stand in, in lower case */
export function keywordCandidates(keywords: readonly string[], command: string): readonly Candidate[] {
  return keywords.map((keyword, index) => {
    const insert = keyword.endsWith('(') ? `${keyword})` : keyword
    const word = wordOf(keyword, command)
    const told = word === null ? {} : { detail: word.syntax, help: word.description }
    return { kind: 'keyword', label: keyword, insert, caret: keyword.length, ...told, weight: 250 - index } as const
  })
}

/** The usual system fields come before discovered ones that few events have. */
const systemWeights: Readonly<Record<string, number>> = {
  '@timestamp': 101,
  '@message': 100.5,
  '@logStream': 50,
  '@log': 50,
}

export function fieldCandidates(scope: NamesInScope, discovered: readonly DiscoveredField[]): readonly Candidate[] {
  const own = scope.defined.map((name, index) => fieldCandidate(name, name, 350 - index / 1000, descriptions[name]))
  if (!scope.hasEvents) return own
  const found = discovered.map(({ name, type, percentage }) => {
    const share = percentage === undefined ? undefined : `${Math.round(percentage)} % of events`
    const detail = [type, share].filter(part => part !== undefined).join(', ')
    return fieldCandidate(name, formatName({ name }), 200 + (percentage ?? 0), detail)
  })
  const seen = new Set([...scope.defined, ...discovered.map(({ name }) => name)])
  const system = knownFields
    .filter(({ name, scope: where }) => where === 'all' && !seen.has(name) && !name.includes('<'))
    .map(({ name, description }) => fieldCandidate(name, name, 200 + (systemWeights[name] ?? -1), description))
  if (scope.sides.length === 0) return [...own, ...found, ...system]
  const ofSides = scope.sides.flatMap(side =>
    [...found, ...system].map(one =>
      fieldCandidate(`${side}.${one.label}`, `${side}.${one.insert}`, one.weight, one.detail),
    ),
  )
  return scope.isJoining ? ofSides : [...own, ...ofSides, ...system]
}

const descriptions: Readonly<Record<string, string>> = Object.assign({}, ...Object.values(columnNames))

function fieldCandidate(label: string, insert: string, weight: number, detail: string | undefined): Candidate {
  const candidate: Candidate = { kind: 'field', label, insert, weight }
  return detail === undefined || detail === '' ? candidate : { ...candidate, detail }
}

export function tableCandidates(tables: readonly LookupTableNames[]): readonly Candidate[] {
  return tables.map(({ name, columns }) => {
    return { kind: 'table', label: name, insert: formatName({ name }), detail: columns.join(', '), weight: 0 } as const
  })
}

export function columnCandidates(tables: readonly LookupTableNames[], table: string): readonly Candidate[] {
  const columns = tables.find(({ name }) => formatName({ name }) === table || name === table)?.columns ?? []
  return columns.map(name => ({ kind: 'column', label: name, insert: formatName({ name }), weight: 0 }) as const)
}

/** @param source only those of this source; all where it is undefined */
export function sampleCandidates(source: string | undefined): readonly Candidate[] {
  const chosen = sampleQueries.filter(sample => source === undefined || sample.source === source)
  return chosen.map((sample: SampleQuery) => {
    const { title, query, source: detail } = sample
    return { kind: 'sample', label: title, insert: query, detail, help: query, weight: -1 } as const
  })
}
