/** A metric filter made ready for many events: what an event counts for, if it counts. */
import {
  compileFirst,
  compilePattern,
  type JsonObject,
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

/** What is found in an event that matches, by the reference that names it. */
type Found = (reference: string) => unknown

/** @throws Error for a filter that was not validated: a bug */
export function compileMetricFilter(filter: MetricFilter): CompiledFilter {
  const parsed = parsePattern(filter.pattern)
  if ('diagnostics' in parsed) throw new Error(`metric filter ${filter.name}: ${parsed.diagnostics[0]!.message}`)
  const dimensionNames = Object.keys(filter.dimensions)
  const references = Object.values(filter.dimensions)
  const { matches, extract } = compilePattern(parsed.ast)
  const literal = typeof filter.value === 'number' ? { value: filter.value, dimensions: [] } : null
  if (literal !== null && references.length === 0) {
    return {
      filter,
      dimensionNames,
      measure: (message, json) => (matches(message, json) ? literal : undefined),
    }
  }
  const measured = (find: Found): Measurement | null => {
    const value = typeof filter.value === 'number' ? filter.value : numberIn(find(filter.value))
    if (value === undefined) return null
    const dimensions: string[] = []
    for (const reference of references) {
      const dimension = dimensionIn(find(reference))
      if (dimension === undefined) return null
      dimensions.push(dimension)
    }
    return { value, dimensions }
  }
  if (parsed.ast.kind === 'fields') {
    return {
      filter,
      dimensionNames,
      measure(message) {
        const fields = extract(message)
        return fields === undefined
          ? undefined
          : measured(name => (Object.hasOwn(fields, name) ? fields[name] : undefined))
      },
    }
  }
  const selectors = new Map([filter.value, ...references].map(text => [String(text), compileReference(String(text))]))
  return {
    filter,
    dimensionNames,
    measure(message, json) {
      if (!matches(message, json)) return undefined
      const document = json() ?? readDocument(message)
      return measured(reference => selectors.get(reference)!(document))
    },
  }
}

function compileReference(text: string): (document: unknown) => unknown {
  const parsed = parseSelector(text)
  return 'selector' in parsed ? compileFirst(parsed.selector) : () => undefined
}

/** A string or number as CloudWatch takes it for a dimension: printable ASCII, not blank, 1,024 characters at most. */
function dimensionIn(found: unknown): string | undefined {
  const text = typeof found === 'number' ? String(found) : found
  return typeof text === 'string' && isStorable(text) ? text : undefined
}
