import { RE2JS, RE2JSSyntaxException } from 're2js'
import { noSpans, withSpan } from './identifier.js'
import type { PatternEngine } from './pattern-engine.js'

/**
 * Matches with an automaton: one search is linear in the text. All searches together are too, except for a pattern that
 * may stop at once or go on for ever (`a(.*b)?` on a line of `a`); where the work gets out of hand, the rest of the text
 * counts as one match: too much is hidden rather than too little, and the line does not hold up the others.
 */
export const re2Engine: PatternEngine = pattern => {
  const compiled = RE2JS.compile(pattern)
  const isOpenEnded = /[*+]|,\}/.test(pattern)
  return text => {
    let found = noSpans
    let work = 0
    const matcher = compiled.matcher(text)
    while (matcher.find()) {
      const start = matcher.start()
      const end = matcher.end()
      if (start === end) continue
      if (isOpenEnded) work += text.length - start
      if (work > maxSearchedCharacters) return withSpan(found, start, text.length)
      found = withSpan(found, start, end)
    }
    return found
  }
}

/** Less than a second; a line of 100 KB may hold 167 matches, one of 10 KB any number. */
const maxSearchedCharacters = 2 ** 24

/** What keeps a pattern from being used, or undefined. `reason` has no full stop and no subject. */
export function findPatternProblem(pattern: string): { readonly reason: string; readonly hint: string } | undefined {
  if (pattern === '')
    return { reason: 'the pattern is empty', hint: 'give the text to redact, for example ORD-[0-9]{8}' }
  try {
    if (matchesNothing(RE2JS.compile(pattern))) {
      return {
        reason: 'the pattern matches the empty text, which is everywhere',
        hint: 'require at least one character: + instead of *, {1,8} instead of {0,8}',
      }
    }
    return undefined
  } catch (error) {
    if (!(error instanceof RE2JSSyntaxException)) throw error
    return { reason: error.getDescription(), hint: hintFor(pattern) }
  }
}

/** An assertion such as `\b` matches nothing only beside something. */
function matchesNothing(pattern: RE2JS): boolean {
  return ['', 'a', ' ', '\n', '-', 'a b\nc', 'A1'].some(probe => {
    const matcher = pattern.matcher(probe)
    while (matcher.find()) if (matcher.start() === matcher.end()) return true
    return false
  })
}

function hintFor(pattern: string): string {
  if (/\(\?<?[=!]/.test(pattern))
    return 'lookahead and lookbehind are not supported: match the text itself, \\b for word ends'
  if (/\\[1-9]/.test(pattern)) return 'back references are not supported: they cannot be matched in linear time'
  if (/\\u[0-9a-fA-F]{4}/.test(pattern)) return 'a character is written by its code as \\x{40}'
  if (/[*+?}][+]/.test(pattern)) return 'possessive quantifiers are not supported; matching never backtracks anyway'
  return 'patterns are written in the syntax of RE2; a \\ before a sign takes it literally'
}
