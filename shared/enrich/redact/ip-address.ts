import type { Span } from '../../diagnostics/diagnostic.js'
import { type Identifier, noSpans, withSpan } from './identifier.js'
import { charSet, digitAt, digits, findInRuns, has, lowerLetters, upperLetters } from './runs.js'

/**
 * IPv4 addresses: exactly four decimal numbers up to 255. A version of four small numbers looks the same and is redacted
 * too; one of three or five parts is not.
 */
export const ipv4: Identifier = {
  name: 'ipv4',
  mindsEscapes: false,
  find: findV4,
}

/**
 * IPv6 addresses (RFC 4291): eight groups, or fewer with `::`, which needs a digit or a third group beside it so that
 * `dead::beef` in a program's text stays; an IPv4 tail; no zone.
 */
export const ipv6: Identifier = {
  name: 'ipv6',
  mindsEscapes: true,
  find(text) {
    let found = findInRuns(text, charsOfV6, 15, fullV6InRun)
    let floor = 0
    for (let pair = text.indexOf('::'); pair !== -1; pair = text.indexOf('::', floor)) {
      let start = pair
      while (start > floor && has(charsOfV6, text.charCodeAt(start - 1))) start--
      let end = pair + 2
      while (end < text.length && has(charsOfV6, text.charCodeAt(end))) end++
      found = v6InRun(text, start, end, found)
      floor = end
    }
    return found
  },
}

const charsOfV6 = charSet(`${digits}abcdefABCDEF:.`)
const word = charSet(`${lowerLetters}${upperLetters}${digits}_`)

function findV4(text: string): readonly Span[] {
  let found = noSpans
  for (let dot = text.indexOf('.'); dot !== -1; ) {
    let end = dot + 1
    if (digitAt(text, end) && digitAt(text, dot - 1)) {
      let start = dot - 1
      while (start > dot - 4 && digitAt(text, start - 1)) start--
      end = endOfParts(text, dot)
      if (isV4(text, start, end)) found = withSpan(found, start, end)
    }
    dot = text.indexOf('.', end)
  }
  return found
}

/** Where the numbers joined by single dots end, of which this is the first dot. */
function endOfParts(text: string, dot: number): number {
  let at = dot
  while (text.charCodeAt(at) === 46 && digitAt(text, at + 1)) {
    at++
    while (digitAt(text, at)) at++
  }
  return at
}

function isV4(text: string, start: number, end: number): boolean {
  if (end - start > 15) return false
  let parts = 1
  let part = 0
  let length = 0
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at)
    if (code === 46) {
      parts++
      part = 0
      length = 0
    } else {
      part = part * 10 + code - 48
      if (++length > 3 || part > 255) return false
    }
  }
  return parts === 4
}

/** Addresses without `::`, which the first search leaves to the second. */
function fullV6InRun(text: string, start: number, end: number, found: readonly Span[]): readonly Span[] {
  let colons = 0
  for (let at = start; at < end; at++) {
    if (text.charCodeAt(at) !== 58) continue
    if (text.charCodeAt(at + 1) === 58) return found
    colons++
  }
  return colons < 6 ? found : v6InRun(text, start, end, found)
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
  if (hasV4Tail && !(/^[0-9]+(?:\.[0-9]+){3}$/.test(tail!) && isV4(tail!, 0, tail!.length))) return false
  if (!(hasV4Tail ? groups.slice(0, -1) : groups).every(group => /^[0-9a-fA-F]{1,4}$/.test(group))) return false
  const count = groups.length + (hasV4Tail ? 1 : 0)
  if (halves.length === 1) return count === 8
  return count >= 1 && count <= 7 && (count >= 3 || /[0-9]/.test(address))
}
