import type { Span } from '../../diagnostics/diagnostic.js'
import { noSpans } from './identifier.js'

/** A set of ASCII characters, indexed by code. */
export type CharSet = Uint8Array

export function charSet(members: string): CharSet {
  const set = new Uint8Array(128)
  for (let at = 0; at < members.length; at++) set[members.charCodeAt(at)] = 1
  return set
}

export const digits = '0123456789'
export const lowerLetters = 'abcdefghijklmnopqrstuvwxyz'
export const upperLetters = lowerLetters.toUpperCase()

export function has(set: CharSet, code: number): boolean {
  return code < 128 && set[code] === 1
}

export function isDigit(code: number): boolean {
  return code >= 48 && code <= 57
}

/** Whether the text has a digit at this offset; false outside of the text. */
export function digitAt(text: string, at: number): boolean {
  return isDigit(text.charCodeAt(at))
}

/**
 * Visits every longest run of at least `minLength` characters of the set. Looks at one character in `minLength` until
 * it meets a member, which is what makes several identifiers affordable: a run cannot hide between two probes.
 */
export function findInRuns(
  text: string,
  set: CharSet,
  minLength: number,
  visit: (text: string, start: number, end: number, found: readonly Span[]) => readonly Span[],
): readonly Span[] {
  let found = noSpans
  for (let probe = minLength - 1; probe < text.length; ) {
    if (!has(set, text.charCodeAt(probe))) {
      probe += minLength
      continue
    }
    let start = probe
    while (start > 0 && has(set, text.charCodeAt(start - 1))) start--
    let end = probe + 1
    while (end < text.length && has(set, text.charCodeAt(end))) end++
    if (end - start >= minLength) found = visit(text, start, end, found)
    probe = end + minLength
  }
  return found
}
