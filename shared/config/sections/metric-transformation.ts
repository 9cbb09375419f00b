import type { Span } from '../../diagnostics/diagnostic.js'
import { type FilterPattern, parsePattern } from '../../filter-pattern/index.js'
import { findReferenceProblems } from './metric-reference.js'

/** PutMetricFilter (Amazon CloudWatch Logs API reference and user guide). */
const maxDimensions = 3
const maxValueText = 100
const maxName = 255
const suffix = '.ingested'

export interface TransformationProblem {
  readonly path: readonly string[]
  readonly message: string
  readonly hint: string
  readonly span?: Span
}

/** A metric filter as it is written. What has another type than it should is passed over: its own schema reports it. */
export interface WrittenTransformation {
  readonly pattern?: unknown
  readonly metric?: unknown
  readonly value?: unknown
  readonly default?: unknown
  readonly dimensions?: unknown
}

/** What the pattern, the value, the default and the dimensions of a metric filter ask of each other. */
export function findTransformationProblems(filter: WrittenTransformation): readonly TransformationProblem[] {
  const { value, metric } = filter
  const parsed = typeof filter.pattern === 'string' ? parsePattern(filter.pattern) : null
  const ast = parsed !== null && 'ast' in parsed ? parsed.ast : null
  const found: TransformationProblem[] = []
  if (typeof value === 'string' && numberOf(value) === undefined) {
    found.push(...findReferenceProblems(ast, value, maxValueText).map(problem => ({ ...problem, path: ['value'] })))
  }
  const dimensions = Object.entries(Object(filter.dimensions) as Readonly<Record<string, unknown>>)
  found.push(...dimensions.flatMap(([name, reference]) => findDimensionProblems(name, reference, ast, metric)))
  const wrong = (path: readonly string[], message: string, hint: string) => found.push({ path, message, hint })
  if (dimensions.length > maxDimensions) {
    const message = `a metric filter can have ${maxDimensions} dimensions, this one has ${dimensions.length}`
    wrong(['dimensions', dimensions[maxDimensions]![0]], message, 'each set of values is a metric of its own')
  }
  if (dimensions.length > 0 && ast !== null && ast.kind !== 'json' && ast.kind !== 'fields') {
    wrong(['dimensions'], 'the filter pattern does not support dimensions', 'JSON and space-delimited patterns do')
  }
  if (filter.default === undefined) return found
  if (dimensions.length > 0) {
    const hint = 'without a match there is nothing to tell the dimensions by'
    wrong(['default'], 'a filter with dimensions cannot have a default value', hint)
  }
  const longest = maxName - suffix.length
  if (typeof metric === 'string' && metric.length > longest && metric.length <= maxName) {
    const message = 'the name is too long for a metric with a default value'
    wrong(['metric'], message, `${longest} characters at most: ${suffix} is added to it`)
  }
  return found
}

function findDimensionProblems(
  name: string,
  reference: unknown,
  ast: FilterPattern | null,
  metric: unknown,
): readonly TransformationProblem[] {
  const path = ['dimensions', name]
  const found: TransformationProblem[] = []
  if (typeof reference === 'string') {
    found.push(...findReferenceProblems(ast, reference, maxName).map(problem => ({ ...problem, path })))
  }
  const isName = /^[ -~]{1,255}$/.test(name) && name.trim() !== '' && !name.startsWith(':') && name !== '_aws'
  if (!isName) {
    const hint = 'up to 255 printable ASCII characters, not blank, no colon at the start'
    found.push({ path, message: `${JSON.stringify(name)} cannot be the name of a dimension`, hint })
  }
  if (name === metric) {
    const hint = 'a metric is printed beside its dimensions, by name'
    found.push({ path, message: `the dimension ${name} has the name of the metric`, hint })
  }
  return found
}

/** A number in a text, which CloudWatch's own metric values are. */
export function numberOf(text: string): number | undefined {
  const value = /^[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(text) ? Number(text) : Number.NaN
  return Number.isFinite(value) ? value : undefined
}
