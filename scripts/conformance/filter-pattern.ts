import { isDeepStrictEqual } from 'node:util'
import { compilePattern, parsePattern } from '../../shared/filter-pattern/index.js'

export interface CaseResult {
  readonly id: string
  /** `undetermined`: the case expects nothing. */
  readonly outcome: 'passed' | 'failed' | 'undetermined'
  readonly detail: string
}

export interface FilterPatternCase extends Expectation {
  readonly id: string
  readonly pattern: string
  readonly message: string
  /** Of a doubtful case: the reading held for the most probable. */
  readonly probable?: Expectation
  readonly expect?: null
}

interface Expectation {
  readonly match?: boolean
  /** The pattern itself is refused. */
  readonly error?: boolean
  readonly extracted?: Readonly<Record<string, string>>
}

export function runFilterPatternCases(cases: readonly FilterPatternCase[]): readonly CaseResult[] {
  return cases.map(runCase)
}

function runCase(one: FilterPatternCase): CaseResult {
  const expected = one.probable ?? one
  const actual = evaluate(one)
  const detail = `${JSON.stringify(one.pattern)} on ${JSON.stringify(one.message)}: ${JSON.stringify(actual)}`
  if (one.expect === null) return { id: one.id, outcome: 'undetermined', detail }
  const agrees =
    actual.match === expected.match &&
    actual.error === (expected.error ?? false) &&
    (expected.extracted === undefined || isDeepStrictEqual(actual.extracted, expected.extracted))
  const wanted = JSON.stringify({ match: expected.match, error: expected.error, extracted: expected.extracted })
  return { id: one.id, outcome: agrees ? 'passed' : 'failed', detail: `${detail}, expected ${wanted}` }
}

function evaluate({ pattern, message }: FilterPatternCase): Required<Expectation> {
  const parsed = parsePattern(pattern)
  if ('diagnostics' in parsed) return { match: false, error: true, extracted: {} }
  const matcher = compilePattern(parsed.ast)
  return { match: matcher.matches(message), error: false, extracted: { ...matcher.extract(message) } }
}
