import { isDeepStrictEqual } from 'node:util'
import { compilePattern, type JsonObject, parsePattern, readDocument } from '../../shared/filter-pattern/index.js'
import { compileMetricFilter } from '../../shared/metrics/metric-filter.js'
import { type CaseResult, failedBy, idOf } from './case-file.js'

export interface FilterPatternCase extends Expectation {
  readonly id: string
  readonly pattern: string
  readonly message: string
  /** Of a doubtful case: the reading held for the most probable. */
  readonly probable?: Expectation
  readonly expect?: null
  readonly metric?: MetricCase
}

interface Expectation {
  readonly match?: boolean
  /** The pattern itself is refused. */
  readonly error?: boolean
  readonly extracted?: Readonly<Record<string, string>>
}

/** A metric filter with the pattern, and what it makes of the message. */
interface MetricCase {
  readonly metricValue: string | number
  readonly defaultValue?: number
  readonly dimensions?: Readonly<Record<string, string>>
  readonly expectedValue?: number | null
  readonly expectedDimensions?: Readonly<Record<string, string>>
}

export function runFilterPatternCases(cases: readonly FilterPatternCase[]): readonly CaseResult[] {
  return cases.map((one, index) => {
    const id = idOf(one, index)
    try {
      return runCase(one, id)
    } catch (error) {
      return failedBy(error, id)
    }
  })
}

function runCase(one: FilterPatternCase, id: string): CaseResult {
  const expected = one.probable ?? one
  const actual = evaluate(one)
  const detail = `${JSON.stringify(one.pattern)} on ${JSON.stringify(one.message)}: ${JSON.stringify(actual)}`
  if (one.expect === null) return { id, outcome: 'undetermined', detail }
  const { match = expected.error === true ? false : undefined, error = false, extracted } = expected
  const measured = one.metric === undefined || error ? null : differingMetric(one, one.metric)
  const agrees =
    actual.match === match &&
    actual.error === error &&
    (extracted === undefined || isDeepStrictEqual(actual.extracted, extracted)) &&
    measured === null
  const wanted = JSON.stringify({ match, error: expected.error, extracted })
  return { id, outcome: agrees ? 'passed' : 'failed', detail: `${detail}, expected ${wanted}${measured ?? ''}` }
}

function evaluate({ pattern, message }: FilterPatternCase): Required<Expectation> {
  const parsed = parsePattern(pattern)
  if ('diagnostics' in parsed) return { match: false, error: true, extracted: {} }
  const matcher = compilePattern(parsed.ast)
  return { match: matcher.matches(message), error: false, extracted: { ...matcher.extract(message) } }
}

/** What the metric filter gives where that is not what is expected. */
function differingMetric({ pattern, message }: FilterPatternCase, metric: MetricCase): string | null {
  const { metricValue, defaultValue = null, dimensions = {}, expectedValue, expectedDimensions } = metric
  const value = Number.isNaN(Number(metricValue)) ? metricValue : Number(metricValue)
  const names = { name: 'case', metric: 'case', namespace: 'case', unit: 'None' }
  const filter = compileMetricFilter({ ...names, pattern, value, defaultValue, dimensions })
  const document = readDocument(message)
  // An array is read by the matcher itself.
  const measured = filter.measure(message, () => (Array.isArray(document) ? undefined : (document as JsonObject)))
  // A minute without a match reports the default value.
  const found = measured === undefined ? defaultValue : (measured?.value ?? null)
  const at = Object.fromEntries(filter.dimensionNames.map((name, index) => [name, measured?.dimensions[index]]))
  const agrees =
    (expectedValue === undefined || found === expectedValue) &&
    (expectedDimensions === undefined || isDeepStrictEqual(at, expectedDimensions))
  return agrees ? null : `; measured ${JSON.stringify({ found, at })}, expected ${JSON.stringify(metric)}`
}
