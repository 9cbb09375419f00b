import { createHash } from 'node:crypto'
import type { Span } from '../../diagnostics/diagnostic.js'
import type { RedactionCounts, RedactionRule, Redactor } from '../redactor.js'
import { type Identifier, noSpans } from './identifier.js'
import { identifiers } from './identifiers.js'
import { fitIntoJson, type Piece, startBeforeEscape } from './json-layout.js'
import { type PatternEngine, patternIdentifier } from './pattern-engine.js'
import { unescapeText } from './unescape.js'

/** Counts up with every change after which the same rules redact some text differently. */
export const redactionVersion = 1

/**
 * Builds the redactor of one set of rules. Its order is fixed, whatever order the rules are in: own patterns as listed,
 * then the identifiers as in `identifiers.ts`.
 *
 * A message is searched as it stands and with its backslash escapes resolved, level by level, so that JSON escapes and
 * JSON inside of JSON hide nothing. A JSON message is one that is an object, an array or a string, also behind a prefix,
 * as `console.log` of the Lambda runtime writes it.
 *
 * `engine` comes from `loadPatternEngine` and is needed for patterns that are not simple; without it those throw here.
 */
export function createRedactor(rules: readonly RedactionRule[], engine?: PatternEngine): Redactor {
  const wanted = new Set(rules.flatMap(rule => ('identifier' in rule ? [rule.identifier] : [])))
  const active: Identifier[] = rules.flatMap(rule =>
    'pattern' in rule ? [patternIdentifier(rule.name, rule.pattern, engine)] : [],
  )
  const hasPatterns = active.length > 0
  for (const identifier of identifiers) if (wanted.delete(identifier.name)) active.push(identifier)
  if (wanted.size > 0) throw new Error(`no such redaction identifier: ${[...wanted].join(', ')}`)
  if (active.length === 0) return { redact: text => text, fingerprint: fingerprintOf(rules) }

  return {
    redact(text, counts) {
      let current = text
      for (let round = 0; round < maxRounds; round++) {
        const matches = findMatches(current, active)
        if (matches === undefined) return current
        const { text: next, isSettled } = replaceMatches(current, matches, active, counts)
        if (next === current || (isSettled && !hasPatterns)) return next
        current = next
      }
      // Every marker uncovers another match: only a text made for it does that.
      return replaceMatches(current, [{ start: 0, end: current.length, rank: 0 }], active, counts).text
    },
    fingerprint: fingerprintOf(rules),
  }
}

/** What stands beside a match can become one when a marker takes the match's place. */
const maxRounds = 8
/** JSON inside of JSON inside of …: each level doubles the backslashes. */
const maxEscapeLevels = 8
const markerStart = '[REDACTED:'

interface Match extends Span {
  /** Place of the identifier in the order. */
  readonly rank: number
}

function findMatches(text: string, active: readonly Identifier[]): Match[] | undefined {
  let matches: Match[] | undefined
  for (let rank = 0; rank < active.length; rank++) {
    const spans = active[rank]!.find(text)
    if (spans.length > 0) matches = withMatches(matches, spans, rank, offset => offset)
  }
  if (!text.includes('\\')) return matches
  const hasCodes = text.includes('\\u')
  return hasCodes || active.some(({ mindsEscapes }) => mindsEscapes)
    ? findHiddenMatches(text, active, hasCodes, matches)
    : matches
}

/** Adds what is found with the escapes resolved, once for every level of them. */
function findHiddenMatches(
  text: string,
  active: readonly Identifier[],
  hasCodes: boolean,
  before: Match[] | undefined,
): Match[] | undefined {
  let matches = before
  let view = text
  let original = (offset: number): number => offset
  for (let level = 0; level < maxEscapeLevels; level++) {
    const unescaped = unescapeText(view)
    if (unescaped === undefined) return matches
    const outer = original
    original = offset => outer(unescaped.originalOffset(offset))
    view = unescaped.text
    for (let rank = 0; rank < active.length; rank++) {
      const { find, mindsEscapes } = active[rank]!
      const spans = hasCodes || mindsEscapes ? find(view) : noSpans
      if (spans.length > 0) matches = withMatches(matches, spans, rank, original)
    }
  }
  return matches
}

function withMatches(
  before: Match[] | undefined,
  spans: readonly Span[],
  rank: number,
  original: (offset: number) => number,
): Match[] {
  const matches = before ?? []
  for (const { start, end } of spans) matches.push({ start: original(start), end: original(end), rank })
  return matches
}

function replaceMatches(
  text: string,
  matches: readonly Match[],
  active: readonly Identifier[],
  counts: RedactionCounts,
): { readonly text: string; readonly isSettled: boolean } {
  const pieces = layOut(text, merge(withoutMarkers(text, matches, active)))
  let redacted = ''
  let copied = 0
  let isSettled = true
  let counted: Match | undefined
  for (const { start, end, quoted, match } of pieces) {
    const { name } = active[match.rank]!
    const marker = `${markerStart}${name}]`
    redacted += text.slice(copied, start) + (quoted ? `"${marker}"` : marker)
    isSettled &&= isApart(text.charCodeAt(start - 1)) && isApart(text.charCodeAt(end))
    copied = end
    // One match can lie in several pieces.
    if (match !== counted) counts.set(name, (counts.get(name) ?? 0) + 1)
    counted = match
  }
  return { text: copied === 0 ? text : redacted + text.slice(copied), isSettled }
}

/**
 * Whether no identifier minds this character beside a match, so that a marker in the place of what stands beyond it
 * uncovers nothing: white space, quotes, brackets, comma, semicolon, and the ends of the text.
 */
function isApart(code: number): boolean {
  return Number.isNaN(code) || code <= 34 || code === 44 || code === 59 || code === 91 || code === 93
}

/** Cuts the markers of these identifiers out of the matches: a marker is never matched again. */
function withoutMarkers(text: string, matches: readonly Match[], active: readonly Identifier[]): readonly Match[] {
  const markers: Span[] = []
  for (let start = text.indexOf(markerStart); start !== -1; start = text.indexOf(markerStart, start + 1)) {
    const name = active.find(identifier => text.startsWith(`${identifier.name}]`, start + markerStart.length))?.name
    if (name !== undefined) markers.push({ start, end: start + markerStart.length + name.length + 1 })
  }
  if (markers.length === 0) return matches
  const sorted = matches.toSorted((a, b) => a.start - b.start)
  const rest: Match[] = []
  let first = 0
  for (const { start, end, rank } of sorted) {
    while (first < markers.length && markers[first]!.end <= start) first++
    let from = start
    for (let next = first; next < markers.length && markers[next]!.start < end; next++) {
      if (markers[next]!.start > from) rest.push({ start: from, end: markers[next]!.start, rank })
      from = markers[next]!.end
    }
    if (from < end) rest.push({ start: from, end, rank })
  }
  return rest
}

/** Joins what overlaps, and what touches under one name; the first identifier in the order names the whole. */
function merge(matches: readonly Match[]): readonly Match[] {
  if (matches.every((match, at) => at === 0 || matches[at - 1]!.end < match.start)) return matches
  const merged: Match[] = []
  for (const match of matches.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    const last = merged.at(-1)
    if (last === undefined || match.start > last.end || (match.start === last.end && match.rank !== last.rank)) {
      merged.push(match)
      continue
    }
    const rank = Math.min(last.rank, match.rank)
    merged[merged.length - 1] = { start: last.start, end: Math.max(last.end, match.end), rank }
  }
  return merged
}

function layOut(text: string, matches: readonly Match[]): Piece<Match>[] {
  const json = startOfJson(text)
  const pieces: Piece<Match>[] = []
  for (const match of matches) {
    if (match.start >= json) break
    const start = startBeforeEscape(text, match.start, pieces.at(-1)?.end ?? 0)
    pieces.push({ start, end: Math.min(match.end, json), quoted: false, match })
  }
  return json === text.length ? pieces : pieces.concat(fitIntoJson(text, json, matches))
}

/** Where the JSON document begins that ends the text; the text's length when there is none. */
function startOfJson(text: string): number {
  let first = 0
  while (text.charCodeAt(first) <= 32) first++
  const opening = text.charCodeAt(first)
  if ((opening === 123 || opening === 91 || opening === 34) && isJson(text.slice(first))) return first
  const brace = text.indexOf('{', first + 1)
  return brace !== -1 && isJson(text.slice(brace)) ? brace : text.length
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function fingerprintOf(rules: readonly RedactionRule[]): string {
  const named = rules.flatMap(rule => ('identifier' in rule ? [rule.identifier] : [])).sort()
  const own = rules.flatMap(rule => ('pattern' in rule ? [[rule.name, rule.pattern]] : []))
  const hash = createHash('sha256').update(JSON.stringify([redactionVersion, [...new Set(named)], own]))
  return hash.digest('hex').slice(0, 16)
}
