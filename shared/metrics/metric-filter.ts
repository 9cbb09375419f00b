/** A metric filter made ready for many events: what an event counts for, if it counts. */
import {
  compileFirst,
  compilePattern,
  compilePick,
  type FilterPattern,
  type JsonObject,
  type NeededText,
  neededTextOf,
  parsePattern,
  parseSelector,
  readDocument,
} from '../filter-pattern/index.js'
import { isStorable, numberIn } from './metric-value.js'

/** CloudWatch's metric filter and its one transformation, validated by `shared/config`. */
export interface MetricFilter {
  readonly name: string
  readonly pattern: string
  readonly metric: string
  readonly namespace: string
  /** A number; `$.selector` of a JSON pattern; `$name` or `$3` of a space-delimited one. */
  readonly value: number | string
  /** Stands for a minute in which events came in and none matched; null without one. Never with dimensions. */
  readonly defaultValue: number | null
  /** One of CloudWatch's units, `None` without one. */
  readonly unit: string
  /** Name of the dimension → where its value is found, as for `value`. At most three. */
  readonly dimensions: Readonly<Record<string, string>>
}

export interface CompiledFilter {
  readonly filter: MetricFilter
  readonly dimensionNames: readonly string[]
  /** Text that every event that matches needs. */
  readonly needed: NeededText
  /** Whether only JSON documents match. */
  readonly needsDocument: boolean
  /**
   * Undefined when the event does not match; null when it does and yet makes no data point, because its value is no
   * number or a dimension is missing.
   */
  measure(message: string, json: () => JsonObject | undefined): Measurement | null | undefined
}

export interface Measurement {
  readonly value: number
  /** In the order of `dimensionNames`. */
  readonly dimensions: readonly string[]
}

/** @throws Error for a filter that was not validated: a bug */
export function compileMetricFilter(filter: MetricFilter): CompiledFilter {
  const parsed = parsePattern(filter.pattern)
  if ('diagnostics' in parsed) throw new Error(`metric filter ${filter.name}: ${parsed.diagnostics[0]!.message}`)
  const dimensionNames = Object.keys(filter.dimensions)
  const references = Object.values(filter.dimensions)
  const needsDocument = parsed.ast.kind === 'json'
  const compiled = { filter, dimensionNames, needed: neededTextOf(parsed.ast), needsDocument }
  if (typeof filter.value === 'number' && references.length === 0) {
    const { matches } = compilePattern(parsed.ast)
    const one: Measurement = { value: filter.value, dimensions: [] }
    return { ...compiled, measure: (message, json) => (matches(message, json) ? one : undefined) }
  }
  const wanted = typeof filter.value === 'number' ? references : [...references, filter.value]
  const read = parsed.ast.kind === 'fields' ? readFields(parsed.ast, wanted) : readDocuments(parsed.ast, wanted)
  return {
    ...compiled,
    measure(message, json) {
      const found = read(message, json)
      if (found === undefined) return undefined
      const value = typeof filter.value === 'number' ? filter.value : numberIn(found[references.length])
      if (value === undefined) return null
      const dimensions: string[] = []
      for (let index = 0; index < references.length; index++) {
        const dimension = dimensionIn(found[index])
        if (dimension === undefined) return null
        dimensions.push(dimension)
      }
      return { value, dimensions }
    },
  }
}

/** What is found in an event that matches, one a reference; undefined for one that does not. */
type Read = (message: string, json: () => JsonObject | undefined) => readonly unknown[] | undefined

function readFields(ast: Extract<FilterPattern, { kind: 'fields' }>, references: readonly string[]): Read {
  return compilePick(
    ast,
    references.map(reference => reference.slice(1)),
  )
}

function readDocuments(ast: FilterPattern, references: readonly string[]): Read {
  const { matches } = compilePattern(ast)
  const selects = references.map(reference => {
    const parsed = parseSelector(reference)
    return 'selector' in parsed ? compileFirst(parsed.selector) : () => undefined
  })
  return (message, json) => {
    if (!matches(message, json)) return undefined
    const document = json() ?? readDocument(message)
    return selects.map(select => select(document))
  }
}

/** A string or number that CloudWatch takes for the value of a dimension. */
function dimensionIn(found: unknown): string | undefined {
  const text = typeof found === 'number' ? String(found) : found
  return typeof text === 'string' && isStorable(text) ? text : undefined
}
