import type { Span } from '../../diagnostics/diagnostic.js'
import { type Identifier, withSpan } from './identifier.js'
import { charSet, digitAt, digits, findInRuns } from './runs.js'

/**
 * Telephone numbers in two shapes: with a plus and a country code (E.164: 8 to 15 digits, written together or in groups),
 * and as in the US, `(415) 555-0123`, `415-555-0123`, `415.555.0123`, also after `1`. Digits alone, or parted by nothing
 * but spaces, are too often something else.
 */
export const phone: Identifier = {
  name: 'phone',
  find: text => findInRuns(text, phoneCharacters, 9, numbersInRun),
}

const phoneCharacters = charSet(`${digits} ().+-`)
const minDigits = 8
const maxDigits = 15
const unitedStates =
  /(?<![0-9][-.]?)(?:1[-. ])?(?:\([2-9][0-9]{2}\)[- ]?[2-9][0-9]{2}[-. ]|[2-9][0-9]{2}([-.])[2-9][0-9]{2}\1)[0-9]{4}(?![-.]?[0-9])/y

function numbersInRun(text: string, start: number, end: number, found: readonly Span[]): readonly Span[] {
  let spans = found
  for (let at = start; at < end; at++) {
    const last = text[at] === '+' ? internationalEnd(text, at, end) : unitedStatesEnd(text, at)
    if (last === -1) continue
    spans = withSpan(spans, at, last)
    at = last - 1
  }
  return spans
}

function unitedStatesEnd(text: string, at: number): number {
  const isStart = text[at] === '(' || (digitAt(text, at) && !digitAt(text, at - 1) && isSeparatorAhead(text, at))
  if (!isStart) return -1
  unitedStates.lastIndex = at
  return unitedStates.test(text) ? unitedStates.lastIndex : -1
}

/** After the country code or after the area code. */
function isSeparatorAhead(text: string, at: number): boolean {
  return !digitAt(text, at + (text[at] === '1' ? 1 : 3))
}

/**
 * Takes groups of digits, each after at most two separators, up to the 15 of E.164. A first group that is long enough is
 * the whole number: what follows it after a space is something else.
 */
function internationalEnd(text: string, plus: number, end: number): number {
  if (!digitAt(text, plus + 1) || text[plus + 1] === '0') return -1
  let count = 0
  let last = -1
  for (let at = plus + 1; ; ) {
    const group = at
    while (at < end && at - group <= maxDigits && digitAt(text, at)) at++
    count += at - group
    if (count > maxDigits) return last
    if (count >= minDigits) last = at
    if (group === plus + 1 && count >= minDigits) return last
    const gap = at
    while (at < end && at - gap < 2 && !digitAt(text, at) && text[at] !== '+') at++
    if (at >= end || !digitAt(text, at)) return last
  }
}
