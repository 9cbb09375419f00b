import { RE2JS } from 're2js'
import type { Span } from '../diagnostics/diagnostic.js'
import type { FilterPattern, JsonCondition, Regex, Text } from './ast.js'
import { compileValueTest } from './compile-value.js'
import { leavesOf } from './conditions.js'
import { readDocument } from './json-document.js'
import { conditionSpans } from './match-fields.js'
import { printRegex } from './regex/compile-regex.js'
import { parseRegex } from './regex/parse-regex.js'
import { compileSelector, placeOf, stateTests } from './select-json.js'

/** More parts than this of one event are not marked: they are for people to look at. */
const maxMarks = 200

/**
 * The parts of a matching event that its pattern asked about, in order and not overlapping: the terms that occur, the
 * JSON values that satisfy a condition, the fields with a condition. Only for events that match.
 */
export function markMatches(ast: FilterPattern, message: string): readonly Span[] {
  if (ast.kind === 'all') return []
  if (ast.kind === 'fields') return merge(conditionSpans(ast, message))
  if (ast.kind === 'json') return merge(leavesOf(ast.condition).flatMap(leaf => valuesPassing(leaf, message)))
  return merge(ast.terms.flatMap(({ role, value }) => (role === 'exclude' ? [] : occurrences(value, message))))
}

function occurrences(value: Text | Regex, message: string): readonly Span[] {
  const found: Span[] = []
  if (value.kind === 'text') {
    const { length } = value.value
    for (let at = message.indexOf(value.value); at !== -1 && length > 0 && found.length < maxMarks; ) {
      found.push({ start: at, end: at + length })
      at = message.indexOf(value.value, at + length)
    }
    return found
  }
  const tree = parseRegex(value.source)
  if ('diagnostics' in tree) return []
  const matcher = RE2JS.compile(printRegex(tree)).matcher(message)
  while (found.length < maxMarks && matcher.find()) found.push({ start: matcher.start(), end: matcher.end() })
  return found
}

function valuesPassing(leaf: JsonCondition, message: string): readonly Span[] {
  const document = readDocument(message)
  if (leaf.kind === 'not-exists' || document === undefined) return []
  const passes = leaf.kind === 'comparison' ? compileValueTest(leaf) : stateTests[leaf.state]
  const found: Span[] = []
  compileSelector(leaf.selector)(document, message, (value, site) => {
    const place = passes(value, site) ? placeOf(site) : undefined
    if (place !== undefined) found.push(place)
    return found.length >= maxMarks
  })
  return found
}

function merge(spans: readonly Span[]): readonly Span[] {
  const merged: { start: number; end: number }[] = []
  for (const { start, end } of spans.toSorted((left, right) => left.start - right.start)) {
    const last = merged.at(-1)
    if (last !== undefined && start <= last.end) last.end = Math.max(last.end, end)
    else if (start < end) merged.push({ start, end })
  }
  return merged
}
