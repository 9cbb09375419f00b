import type { Span } from '../../diagnostics/diagnostic.js'
import { type Identifier, noSpans, withSpan } from './identifier.js'
import { charSet, digitAt, digits, findInRuns, has, lowerLetters, upperLetters } from './runs.js'

/**
 * IPv4 addresses: exactly four decimal numbers up to 255. A version of four small numbers looks the same and is redacted
 * too; one of three or five parts is not.
 */
export const ipv4: Identifier = {
  name: 'ipv4',
  find: text => findInRuns(text, charsOfV4, 7, v4InRun),
}

/**
 * IPv6 addresses (RFC 4291): eight groups, or fewer with `::`, which needs a digit or a third group beside it so that
 * `dead::beef` in a program's text stays; an IPv4 tail; no zone.
 */
export const ipv6: Identifier = {
  name: 'ipv6',
  find(text) {
    let found = findInRuns(text, charsOfV6, 15, v6InRun)
    let floor = 0
    for (let pair = text.indexOf('::'); pair !== -1; pair = text.indexOf('::', floor)) {
      let start = pair
      while (start > floor && has(charsOfV6, text.charCodeAt(start - 1))) start--
      let end = pair + 2
      while (end < text.length && has(charsOfV6, text.charCodeAt(end))) end++
      // The longer ones were seen above.
      if (end - start < 15) found = v6InRun(text, start, end, found)
      floor = end
    }
    return found.length === 0 ? noSpans : found
  },
}

const charsOfV4 = charSet(`${digits}.`)
const charsOfV6 = charSet(`${digits}abcdefABCDEF:.`)
const word = charSet(`${lowerLetters}${upperLetters}${digits}_`)

function v4InRun(text: string, start: number, end: number, found: readonly Span[]): readonly Span[] {
  let spans = found
  for (let at = start; at < end; ) {
    let parts = 0
    let valid = true
    const chain = at
    let last = at
    while (digitAt(text, at) && at < end) {
      const part = at
      while (at < end && digitAt(text, at)) at++
      valid &&= isOctet(text, part, at)
      parts++
      last = at
      if (text[at] !== '.' || at + 1 >= end || !digitAt(text, at + 1)) break
      at++
    }
    if (parts === 4 && valid) spans = withSpan(spans, chain, last)
    at = Math.max(last, chain) + 1
  }
  return spans
}

function isOctet(text: string, start: number, end: number): boolean {
  return end - start <= 3 && Number(text.slice(start, end)) <= 255
}

function v6InRun(text: string, from: number, to: number, found: readonly Span[]): readonly Span[] {
  let start = from
  let end = to
  // `host:2001:db8::1.` — one colon in front, a full stop or a colon behind belong to the sentence.
  if (text[start] === ':' && text[start + 1] !== ':') start++
  while (end > start && (text[end - 1] === '.' || (text[end - 1] === ':' && text[end - 2] !== ':'))) end--
  if (has(word, text.charCodeAt(start - 1)) || has(word, text.charCodeAt(end))) return found
  // The longest address: eight groups of four, the last two as IPv4.
  if (end - start > 45) return found
  return isV6(text.slice(start, end)) ? withSpan(found, start, end) : found
}

function isV6(address: string): boolean {
  const halves = address.split('::')
  if (halves.length > 2) return false
  const groups = halves.flatMap(half => (half === '' ? [] : half.split(':')))
  const tail = groups.at(-1)
  const hasV4Tail = tail?.includes('.') ?? false
  if (hasV4Tail && v4InRun(tail!, 0, tail!.length, noSpans)[0]?.end !== tail!.length) return false
  if (!(hasV4Tail ? groups.slice(0, -1) : groups).every(group => /^[0-9a-fA-F]{1,4}$/.test(group))) return false
  const count = groups.length + (hasV4Tail ? 1 : 0)
  if (halves.length === 1) return count === 8
  return count >= 1 && count <= 7 && (count >= 3 || /[0-9]/.test(address))
}
