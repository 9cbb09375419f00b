import type { Span } from '../../diagnostics/diagnostic.js'
import { type Identifier, withSpan } from './identifier.js'
import { charSet, digitAt, digits, findInRuns } from './runs.js'

/**
 * US social security numbers as people write them, `123-45-6789`. Without the dashes, or with spaces, they cannot be told
 * from other numbers. Areas 000, 666 and 900 to 999, group 00 and serial 0000 are not issued (Social Security
 * Administration, "Social Security Number Randomization").
 */
export const usSsn: Identifier = {
  name: 'us-ssn',
  mindsEscapes: false,
  find: text => findInRuns(text, digitsAndDash, 11, numberInRun),
}

const digitsAndDash = charSet(`${digits}-`)

function numberInRun(text: string, start: number, end: number, found: readonly Span[]): readonly Span[] {
  let spans = found
  for (let at = start; at + 11 <= end; at++) {
    if (isNumber(text, at)) spans = withSpan(spans, at, at + 11)
  }
  return spans
}

function isNumber(text: string, at: number): boolean {
  if (text[at + 3] !== '-' || text[at + 6] !== '-') return false
  for (let digit = at; digit < at + 11; digit++) {
    if (digit !== at + 3 && digit !== at + 6 && !digitAt(text, digit)) return false
  }
  if (digitAt(text, at - 1) || (text[at - 1] === '-' && digitAt(text, at - 2))) return false
  if (digitAt(text, at + 11) || (text[at + 11] === '-' && digitAt(text, at + 12))) return false
  const area = text.slice(at, at + 3)
  return (
    area !== '000' &&
    area !== '666' &&
    area < '900' &&
    !text.startsWith('00', at + 4) &&
    !text.startsWith('0000', at + 7)
  )
}
