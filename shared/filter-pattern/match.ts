import { unreachable } from '../diagnostics/unreachable.js'
import type { FilterPattern, JsonCondition, JsonPattern, Logical, Term, TermsPattern } from './ast.js'
import { compileFieldTest, compileRegexValue, compileValueTest } from './compile-value.js'
import { foldLogical } from './conditions.js'
import { type JsonObject, mayBeArray, readDocument } from './json-document.js'
import { compileFields } from './match-fields.js'
import { mayMatch, neededText } from './needed-text.js'
import { compileSelector, stateTests } from './select-json.js'

/** A pattern made ready for many events. Holds no state between calls that a caller could notice. */
export interface Matcher {
  /**
   * Whether CloudWatch would find the event. `json` reads the message as a JSON object, or says that it is none; it
   * is called at most once and only by JSON patterns, so that many patterns can share one parse.
   */
  matches(message: string, json?: () => JsonObject | undefined): boolean
  /**
   * The values that `TestMetricFilter` reports for a match, undefined where the event does not match: every field of
   * the event for a space-delimited pattern (`$name`, `$3` for an unnamed third one), nothing for the other kinds.
   */
  extract(message: string, json?: () => JsonObject | undefined): Readonly<Record<string, string>> | undefined
}

/** `ast` comes from `parsePattern`. Matching takes time linear in the message. */
export function compilePattern(ast: FilterPattern): Matcher {
  if (ast.kind === 'fields') return compileFields(ast, compileFieldTest)
  const matches = compileMatches(ast)
  return { matches, extract: (message, json) => (matches(message, json) ? {} : undefined) }
}

function compileMatches(ast: Exclude<FilterPattern, { kind: 'fields' }>): Matcher['matches'] {
  switch (ast.kind) {
    case 'all':
      return () => true
    case 'terms':
      return compileTerms(ast)
    case 'json':
      return compileJson(ast)
    default:
      return unreachable(ast)
  }
}

type Finds = (message: string) => boolean

function compileTerms({ terms }: TermsPattern): Finds {
  const optional = terms.filter(({ role }) => role === 'optional').map(compileTerm)
  if (optional.length === terms.length) return anyOf(optional)
  const included = terms.filter(({ role }) => role === 'include').map(compileTerm)
  const excluded = terms.filter(({ role }) => role === 'exclude').map(compileTerm)
  if (excluded.length === 0) return allOf(included)
  const excludes = anyOf(excluded)
  if (included.length === 0) return message => !excludes(message)
  const includes = allOf(included)
  return message => includes(message) && !excludes(message)
}

function compileTerm({ value }: Term): Finds {
  if (value.kind === 'regex') return compileRegexValue(value)
  const text = value.value
  return message => message.includes(text)
}

function allOf<Arguments extends unknown[]>(tests: readonly Test<Arguments>[]): Test<Arguments> {
  const [first, second] = tests
  if (tests.length === 1) return first!
  if (tests.length === 2) return (...all) => first!(...all) && second!(...all)
  return (...all) => tests.every(test => test(...all))
}

function anyOf<Arguments extends unknown[]>(tests: readonly Test<Arguments>[]): Test<Arguments> {
  const [first, second] = tests
  if (tests.length === 1) return first!
  if (tests.length === 2) return (...all) => first!(...all) || second!(...all)
  return (...all) => tests.some(test => test(...all))
}

type Test<Arguments extends unknown[]> = (...all: Arguments) => boolean

function compileJson({ condition }: JsonPattern): Matcher['matches'] {
  const accepts = compileCondition(condition)
  const needed = neededText(condition)
  return (message, json) => {
    if (json === undefined && !mayMatch(needed, message)) return false
    const document = json?.() ?? (json === undefined || mayBeArray(message) ? readDocument(message) : undefined)
    return document !== undefined && accepts(document, message)
  }
}

type Accepts = (document: unknown, message: string) => boolean

function compileCondition(condition: Logical<JsonCondition>): Accepts {
  return foldLogical(condition, compileLeaf, (kind, operands) => (kind === 'and' ? allOf(operands) : anyOf(operands)))
}

function compileLeaf(leaf: JsonCondition): Accepts {
  const selects = compileSelector(leaf.selector)
  if (leaf.kind === 'not-exists') return (document, message) => !selects(document, message, exists)
  const test = leaf.kind === 'comparison' ? compileValueTest(leaf) : stateTests[leaf.state]
  return (document, message) => selects(document, message, test)
}

const exists = () => true
