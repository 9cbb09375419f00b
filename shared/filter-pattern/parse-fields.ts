import type { Comparison, Entry, FieldsPattern, Logical } from './ast.js'
import { joinHint, parseComparison, parseLogical } from './parse-condition.js'
import { expect, fail, failExpected, isMark, lastEnd, match, peek, type TokenReader } from './token-reader.js'

/** `[entry, entry, …]`, each entry a field of the event, named, unnamed or with a condition; at most one `...`. */
export function parseFields(reader: TokenReader): FieldsPattern | null {
  const start = peek(reader)!.span.start
  match(reader, '[')
  const entries: Entry[] = []
  if (!isMark(peek(reader), ']'))
    do {
      const entry = parseEntry(reader, entries)
      if (entry === null) return null
      entries.push(entry)
    } while (match(reader, ','))
  if (!expect(reader, ']', joinHint(reader))) return null
  if (peek(reader) !== undefined) return failExpected(reader, 'the end of the pattern')
  return { kind: 'fields', entries, span: { start, end: lastEnd(reader) } }
}

function parseEntry(reader: TokenReader, before: readonly Entry[]): Entry | null {
  const token = peek(reader)
  const start = token?.span.start ?? reader.end
  if (isMark(token, ',') || isMark(token, ']')) return { kind: 'unnamed', span: { start, end: start } }
  if (token?.kind === 'word' && token.text === '...') {
    if (before.some(entry => entry.kind === 'ellipsis'))
      return fail(reader, 'second-ellipsis', token.span, 'expected at most one "..." in a pattern')
    reader.at++
    return { kind: 'ellipsis', span: token.span }
  }
  const names: string[] = []
  const field = parseBareName(reader) ?? parseLogical(reader, inner => parseFieldCondition(inner, names))
  if (field === null) return null
  const span = { start, end: lastEnd(reader) }
  const name = typeof field === 'string' ? field : names[0]!
  if (before.some(entry => entry.kind === 'field' && entry.name === name))
    return fail(reader, 'duplicate-field', span, `the field name "${name}" is used twice`)
  return { kind: 'field', name, condition: typeof field === 'string' ? null : field, span }
}

/** A name without a condition, which may stand in parentheses. */
function parseBareName(reader: TokenReader): string | null {
  let depth = 0
  while (isMark(reader.tokens[reader.at + depth], '(')) depth++
  const token = reader.tokens[reader.at + depth]
  if (token?.kind !== 'word' || !isName(token.text)) return null
  for (let closing = 1; closing <= depth; closing++)
    if (!isMark(reader.tokens[reader.at + depth + closing], ')')) return null
  const end = reader.at + 2 * depth + 1
  if (!isMark(reader.tokens[end], ',') && !isMark(reader.tokens[end], ']')) return null
  reader.at = end
  return token.text
}

function parseFieldCondition(reader: TokenReader, names: string[]): Logical<Comparison> | null {
  const token = peek(reader)
  if (token?.kind !== 'word' || !isName(token.text))
    return failExpected(reader, 'a field name', 'a field name has ASCII letters, digits, _ and -')
  if (names.length > 0 && names[0] !== token.text) {
    const hint = 'conditions on different fields stand in different entries, separated by commas'
    const message = `expected another condition on "${names[0]}", found one on "${token.text}"`
    return fail(reader, 'mixed-fields', token.span, message, hint)
  }
  reader.at++
  names.push(token.text)
  const comparison = parseComparison(reader)
  return comparison && { kind: 'comparison', ...comparison, span: { start: token.span.start, end: lastEnd(reader) } }
}

function isName(text: string): boolean {
  return /^[A-Za-z0-9_-]+$/.test(text)
}
