import type { Span } from '../../diagnostics/diagnostic.js'
import { type Identifier, noSpans, withSpan } from './identifier.js'
import { charSet, digits, findInRuns, has, lowerLetters, upperLetters } from './runs.js'

/**
 * Access key ids: the four prefixes that the IAM User Guide ("Understanding unique ID prefixes") lists for keys and
 * credentials, then 16 capitals or digits.
 */
export const awsAccessKeyId: Identifier = {
  name: 'aws-access-key-id',
  mindsEscapes: true,
  find(text) {
    let found = noSpans
    for (const prefix of keyIdPrefixes) {
      for (let start = text.indexOf(prefix); start !== -1; start = text.indexOf(prefix, start + prefix.length)) {
        if (isKeyId(text, start)) found = withSpan(found, start, start + keyIdLength)
      }
    }
    return found
  },
}

/**
 * Secret access keys: a run of exactly 40 base64 characters. That is also the shape of a SHA-1 in hex, of a path and of
 * a long class name, so it needs capitals and small letters, a digit or sign, and as many different characters as chance
 * gives; of random keys that misses fewer than one in a thousand.
 */
export const awsSecretKey: Identifier = {
  name: 'aws-secret-key',
  mindsEscapes: true,
  find: text => findInRuns(text, base64, secretLength, secretInRun),
}

const keyIdPrefixes = ['AKIA', 'ASIA', 'ABIA', 'ACCA'] as const
const keyIdLength = 20
const secretLength = 40
const minDifferent = 18
const capitalsAndDigits = charSet(`${upperLetters}${digits}`)
const word = charSet(`${lowerLetters}${upperLetters}${digits}`)
const base64 = charSet(`${lowerLetters}${upperLetters}${digits}+/`)

function isKeyId(text: string, start: number): boolean {
  const end = start + keyIdLength
  if (end > text.length || has(word, text.charCodeAt(start - 1)) || has(word, text.charCodeAt(end))) return false
  for (let at = start; at < end; at++) if (!has(capitalsAndDigits, text.charCodeAt(at))) return false
  return true
}

function secretInRun(text: string, start: number, end: number, found: readonly Span[]): readonly Span[] {
  if (end - start !== secretLength || text[end] === '=' || !looksRandom(text, start, end)) return found
  return withSpan(found, start, end)
}

function looksRandom(text: string, start: number, end: number): boolean {
  let upper = 0
  let lower = 0
  const different = new Set<number>()
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at)
    if (code >= 97) lower++
    else if (code >= 65) upper++
    different.add(code)
  }
  return upper >= 3 && lower >= 3 && upper + lower < secretLength && different.size >= minDifferent
}
