import type { Span } from '../../diagnostics/diagnostic.js'
import { type Identifier, withSpan } from './identifier.js'
import { charSet, digitAt, digits, findInRuns } from './runs.js'

/**
 * Card numbers: 13 to 19 digits, single spaces or dashes between any two of them, an issuer's prefix with a length that
 * issuer uses, and a right check digit (ISO/IEC 7812). A number that is part of a longer string of digits is not one.
 */
export const creditCard: Identifier = {
  name: 'credit-card',
  find: text => findInRuns(text, cardCharacters, minDigits, cardsInRun),
}

const cardCharacters = charSet(`${digits} -`)
const minDigits = 13
const maxDigits = 19

/** Tries every group of digits as the first of a card: the groups before it may be something else. */
function cardsInRun(text: string, start: number, end: number, found: readonly Span[]): readonly Span[] {
  let spans = found
  for (let first = start; first < end; ) {
    if (!digitAt(text, first)) {
      first++
      continue
    }
    let firstEnd = first
    while (firstEnd < end && digitAt(text, firstEnd)) firstEnd++
    const last = cardEnd(text, first, firstEnd, end)
    if (last !== -1) spans = withSpan(spans, first, last)
    first = firstEnd
  }
  return spans
}

/** Where the longest card that begins with the group [first, firstEnd) ends, or -1. */
function cardEnd(text: string, first: number, firstEnd: number, end: number): number {
  let count = firstEnd - first
  let last = -1
  for (let at = firstEnd; count <= maxDigits; ) {
    if (count >= minDigits && isCard(text, first, at, count)) last = at
    if (at + 1 >= end || !digitAt(text, at + 1)) return last
    const group = ++at
    while (at < end && at - group <= maxDigits && digitAt(text, at)) at++
    count += at - group
  }
  return last
}

function isCard(text: string, start: number, end: number, count: number): boolean {
  return isIssued(text, start, count) && hasCheckDigit(text, start, end)
}

/** Issuer prefix and the lengths that go with it. */
function isIssued(text: string, start: number, count: number): boolean {
  const prefix = firstDigits(text, start, 4)
  const two = Math.floor(prefix / 100)
  const three = Math.floor(prefix / 10)
  if (two >= 40 && two <= 49) return count === 13 || count === 16 || count === 19
  if (two >= 51 && two <= 55) return count === 16
  if (prefix >= 2221 && prefix <= 2720) return count === 16
  if (two === 34 || two === 37) return count === 15
  if (two === 36 || two === 38 || two === 39 || (three >= 300 && three <= 305)) return count >= 14
  if (prefix >= 3528 && prefix <= 3589) return count >= 16
  return two === 50 || (two >= 56 && two <= 69)
}

function firstDigits(text: string, start: number, wanted: number): number {
  let value = 0
  for (let at = start, seen = 0; seen < wanted; at++) {
    if (!digitAt(text, at)) continue
    value = value * 10 + text.charCodeAt(at) - 48
    seen++
  }
  return value
}

/** The Luhn check (ISO/IEC 7812-1, annex B). */
function hasCheckDigit(text: string, start: number, end: number): boolean {
  let sum = 0
  let double = false
  for (let at = end - 1; at >= start; at--) {
    if (!digitAt(text, at)) continue
    const digit = text.charCodeAt(at) - 48
    const value = double ? digit * 2 : digit
    sum += value > 9 ? value - 9 : value
    double = !double
  }
  return sum % 10 === 0
}
