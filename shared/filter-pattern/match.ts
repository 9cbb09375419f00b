import { unreachable } from '../diagnostics/unreachable.js'
import type { FilterPattern, JsonPattern, Term, TermsPattern } from './ast.js'
import { compileCondition } from './compile-condition.js'
import { compileFieldTest, compileRegexValue } from './compile-value.js'
import { type JsonObject, mayBeArray, readDocument } from './json-document.js'
import { compileFields } from './match-fields.js'
import { mayMatch, neededText } from './needed-text.js'

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
  const optional = terms.filter(({ role }) => role === 'optional')
  if (optional.length === terms.length) return anyTerm(optional)
  const included = terms.filter(({ role }) => role === 'include')
  const excluded = terms.filter(({ role }) => role === 'exclude')
  if (excluded.length === 0) return everyTerm(included)
  const excludes = anyTerm(excluded)
  if (included.length === 0) return message => !excludes(message)
  const includes = everyTerm(included)
  return message => includes(message) && !excludes(message)
}

function anyTerm(terms: readonly Term[]): Finds {
  const { texts, regexes } = partsOf(terms)
  return message => {
    for (const text of texts) if (message.includes(text)) return true
    for (const finds of regexes) if (finds(message)) return true
    return false
  }
}

function everyTerm(terms: readonly Term[]): Finds {
  const { texts, regexes } = partsOf(terms)
  return message => {
    for (const text of texts) if (!message.includes(text)) return false
    for (const finds of regexes) if (!finds(message)) return false
    return true
  }
}

function partsOf(terms: readonly Term[]): { readonly texts: readonly string[]; readonly regexes: readonly Finds[] } {
  const texts: string[] = []
  const regexes: Finds[] = []
  for (const { value } of terms) {
    if (value.kind === 'text') texts.push(value.value)
    else regexes.push(compileRegexValue(value))
  }
  return { texts, regexes }
}

function compileJson({ condition }: JsonPattern): Matcher['matches'] {
  const accepts = compileCondition(condition)
  const needed = neededText(condition)
  return (message, json) => {
    if (json === undefined && !mayMatch(needed, message)) return false
    const document = json?.() ?? (json === undefined || mayBeArray(message) ? readDocument(message) : undefined)
    return document !== undefined && accepts(document, message)
  }
}
