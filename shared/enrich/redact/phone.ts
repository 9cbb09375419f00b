import { type Identifier, noSpans, withSpan } from './identifier.js'
import { charSet, digitAt, has } from './runs.js'

/**
 * Telephone numbers in two shapes: with a plus and a country code (E.164: 8 to 15 digits, written together or in groups),
 * and as in the US, `(415) 555-0123`, `415-555-0123`, `415.555.0123`, also after `1`. Digits alone, or parted by nothing
 * but spaces, are too often something else.
 */
export const phone: Identifier = {
  name: 'phone',
  mindsEscapes: false,
  find(text) {
    let found = noSpans
    candidate.lastIndex = 0
    for (let match = candidate.exec(text); match !== null; match = candidate.exec(text)) {
      const isInternational = match[0].startsWith('+')
      const start = isInternational ? match.index : withCountryCode(text, match.index)
      const end = isInternational ? internationalEnd(text, start) : unitedStatesEnd(text, start)
      if (end !== -1) found = withSpan(found, start, end)
      candidate.lastIndex = Math.max(end, match.index + 1)
    }
    return found
  },
}

const minDigits = 8
const maxDigits = 15
const candidate = /\+[1-9]|\([2-9][0-9]{2}\)|[2-9][0-9]{2}[-.][2-9][0-9]{2}[-.][0-9]{4}/g
const unitedStates =
  /(?<![0-9][-.]?)(?:1[-. ])?(?:\([2-9][0-9]{2}\)[- ]?[2-9][0-9]{2}[-. ]|[2-9][0-9]{2}([-.])[2-9][0-9]{2}\1)[0-9]{4}(?![-.]?[0-9])/y
const separators = charSet(' ().-')

function withCountryCode(text: string, start: number): number {
  return text[start - 2] === '1' && '-. '.includes(text[start - 1]!) ? start - 2 : start
}

function unitedStatesEnd(text: string, start: number): number {
  unitedStates.lastIndex = start
  return unitedStates.test(text) ? unitedStates.lastIndex : -1
}

/**
 * Takes groups of digits, each after at most two separators, up to the 15 of E.164. A first group that is long enough is
 * the whole number: what follows it after a space is something else.
 */
function internationalEnd(text: string, plus: number): number {
  let count = 0
  let last = -1
  for (let at = plus + 1; ; ) {
    const group = at
    while (at - group <= maxDigits && digitAt(text, at)) at++
    count += at - group
    if (count > maxDigits) return last
    if (count >= minDigits) last = at
    if (group === plus + 1 && count >= minDigits) return last
    const gap = at
    while (at - gap < 2 && has(separators, text.charCodeAt(at))) at++
    if (!digitAt(text, at)) return last
  }
}
