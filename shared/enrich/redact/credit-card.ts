import { type Identifier, noSpans, withSpan } from './identifier.js'
import { digitAt } from './runs.js'

/**
 * Card numbers: 13 to 19 digits, together or in the groups that are printed on cards, with an issuer's prefix, a length
 * that issuer uses, and a right check digit (ISO/IEC 7812). Digits grouped in other ways are columns of numbers far more
 * often than cards, and a number that is part of a longer string of digits is not one.
 */
export const creditCard: Identifier = {
  name: 'credit-card',
  mindsEscapes: false,
  find(text) {
    let found = noSpans
    candidate.lastIndex = 0
    while (candidate.test(text)) {
      const isGrouped = !digitAt(text, candidate.lastIndex - 5)
      const start = candidate.lastIndex - (isGrouped ? 9 : 13)
      const groupEnd = endOfDigits(text, start, text.length)
      const end = isGrouped ? endOfGroups(text, start) : endOfNumber(text, start, groupEnd)
      if (end !== -1) found = withSpan(found, start, end)
      candidate.lastIndex = groupEnd
    }
    return found
  },
}

const minDigits = 13
const maxDigits = 19

/** What a card begins with, of a fixed length for either way to write it. Issuers' prefixes begin with 2 to 6. */
const candidate = /(?<![0-9])[2-6][0-9]{3}(?:[0-9]{9}|[ -][0-9]{4})/g

function endOfNumber(text: string, start: number, end: number): number {
  const count = end - start
  return count <= maxDigits && isCard(text, start, end, count) ? end : -1
}

function endOfDigits(text: string, from: number, end: number): number {
  let at = from
  while (at < end && digitAt(text, at)) at++
  return at
}

/**
 * Where the longest card ends whose first group of four begins here, or -1. Groups are of four, the last may be shorter or
 * longer by up to three (4-4-4-4, 4-4-5, 4-4-4-4-3), or 4-6-5 and 4-6-4; the separator is the same throughout.
 */
function endOfGroups(text: string, start: number): number {
  const separator = text.charCodeAt(start + 4)
  let last = -1
  let count = 4
  for (let at = start + 4; count < maxDigits && text.charCodeAt(at) === separator; ) {
    const groupEnd = endOfDigits(text, at + 1, Math.min(text.length, at + 9))
    const length = groupEnd - at - 1
    if (length === 0 || length > 7) return last
    count += length
    if (count >= minDigits && count <= maxDigits && isCard(text, start, groupEnd, count)) last = groupEnd
    const goesOn = length === 4 || (length === 6 && count === 10)
    if (!goesOn) return last
    at = groupEnd
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
