import type { IsCondition, JsonCondition, JsonPattern, Selector } from './ast.js'
import { joinHint, parseComparison, parseLogical } from './parse-condition.js'
import { expect, failExpected, lastEnd, match, peek, type TokenReader } from './token-reader.js'

/** `{ condition }` with conditions on selectors into the event's JSON document. */
export function parseJson(reader: TokenReader): JsonPattern | null {
  const start = peek(reader)!.span.start
  match(reader, '{')
  const condition = parseLogical(reader, parseCondition)
  if (condition === null) return null
  if (!expect(reader, '}', joinHint(reader))) return null
  if (peek(reader) !== undefined) return failExpected(reader, 'the end of the pattern')
  return { kind: 'json', condition, span: { start, end: lastEnd(reader) } }
}

function parseCondition(reader: TokenReader): JsonCondition | null {
  const token = peek(reader)
  if (token?.kind !== 'selector')
    return failExpected(
      reader,
      'a selector',
      token?.kind === 'word' ? `a selector begins with "$.", as in $.${token.text}` : undefined,
    )
  reader.at++
  const { selector } = token
  const end = () => lastEnd(reader)
  if (matchWord(reader, 'IS')) {
    const state = parseState(reader)
    return state && { kind: 'is', selector, state, span: spanFrom(selector, end()) }
  }
  if (matchWord(reader, 'NOT')) {
    if (!matchWord(reader, 'EXISTS')) return failExpected(reader, 'EXISTS')
    return { kind: 'not-exists', selector, span: spanFrom(selector, end()) }
  }
  const comparison = parseComparison(reader)
  return comparison && { kind: 'comparison', selector, ...comparison, span: spanFrom(selector, end()) }
}

function parseState(reader: TokenReader): IsCondition['state'] | null {
  if (matchWord(reader, 'NULL')) return 'null'
  if (matchWord(reader, 'TRUE')) return 'true'
  return matchWord(reader, 'FALSE') ? 'false' : failExpected(reader, 'NULL, TRUE or FALSE')
}

function matchWord(reader: TokenReader, word: string): boolean {
  const token = peek(reader)
  if (token?.kind !== 'word' || token.text !== word) return false
  reader.at++
  return true
}

function spanFrom(selector: Selector, end: number) {
  return { start: selector.span.start, end }
}
