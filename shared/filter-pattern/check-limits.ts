import type { Diagnostic, Span } from '../diagnostics/diagnostic.js'
import type { FilterPattern, Regex, Selector, Value } from './ast.js'
import { leavesOf } from './conditions.js'
import { parseRegex } from './regex/parse-regex.js'

/** CloudWatch's limits on one pattern: API reference (length) and user guide (regular expressions, wildcards). */
export const maxPatternLength = 1024
export const maxRegexes = 2
export const maxWildcardSelectors = 3

/** Checks what the grammar cannot say; every finding at once. */
export function checkLimits(pattern: FilterPattern): readonly Diagnostic[] {
  const regexes = regexesOf(pattern)
  const found = regexes.flatMap(({ source, span }) => {
    const tree = parseRegex(source, span.start + 1)
    return 'diagnostics' in tree ? tree.diagnostics : []
  })
  const surplus = pattern.kind === 'terms' ? undefined : regexes[maxRegexes]
  if (surplus !== undefined)
    found.push(limit('too-many-regexes', surplus.span, `a pattern can have ${maxRegexes} regular expressions`))
  return [...found, ...checkWildcards(selectorsOf(pattern))]
}

function checkWildcards(selectors: readonly Selector[]): readonly Diagnostic[] {
  const wildcards = selectors.map(({ steps }) => steps.filter(({ kind }) => kind.startsWith('any-')).length)
  const found = selectors
    .filter((_, index) => wildcards[index]! > 1)
    .map(({ span }) => limit('too-many-wildcards', span, 'a selector can have one wildcard'))
  const surplus = selectors.filter((_, index) => wildcards[index]! > 0)[maxWildcardSelectors]
  if (surplus === undefined) return found
  const message = `a pattern can have ${maxWildcardSelectors} selectors with a wildcard`
  return [...found, limit('too-many-wildcards', surplus.span, message)]
}

function selectorsOf(pattern: FilterPattern): readonly Selector[] {
  return pattern.kind === 'json' ? leavesOf(pattern.condition).map(({ selector }) => selector) : []
}

/** Every regular expression of a pattern, in the order written. */
export function regexesOf(pattern: FilterPattern): readonly Regex[] {
  return valuesOf(pattern).filter(value => value.kind === 'regex')
}

function valuesOf(pattern: FilterPattern): readonly Value[] {
  if (pattern.kind === 'all') return []
  if (pattern.kind === 'terms') return pattern.terms.map(term => term.value)
  if (pattern.kind === 'json')
    return leavesOf(pattern.condition).flatMap(leaf => (leaf.kind === 'comparison' ? [leaf.value] : []))
  return pattern.entries
    .flatMap(entry => (entry.kind === 'field' && entry.condition !== null ? leavesOf(entry.condition) : []))
    .map(({ value }) => value)
}

function limit(code: string, span: Span, message: string): Diagnostic {
  return { code: `filter-pattern/${code}`, severity: 'error', span, message }
}
