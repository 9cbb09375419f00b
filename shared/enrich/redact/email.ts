import type { Span } from '../../diagnostics/diagnostic.js'
import { type Identifier, noSpans, withSpan } from './identifier.js'
import { charSet, digits, has, lowerLetters, upperLetters } from './runs.js'

/**
 * E-mail addresses, also with the `@` percent-encoded as in a URL's query. The local part is the whole run of characters
 * an unquoted one may have (RFC 5322 dot-atom, without those that stand around addresses in logs: `/ = ? & { }` …), the
 * domain needs a dot and a last label that begins with two letters, so that `pkg@1.2.3` stays.
 */
export const email: Identifier = {
  name: 'email',
  mindsEscapes: false,
  find: text => findAround(text, '%40', findAround(text, '@', noSpans)),
}

function findAround(text: string, sign: '@' | '%40', before: readonly Span[]): readonly Span[] {
  let found = before
  let floor = 0
  for (let at = text.indexOf(sign); at !== -1; at = text.indexOf(sign, floor)) {
    const start = localStart(text, floor, at)
    floor = at + sign.length
    const end = start === at ? -1 : domainEnd(text, floor)
    if (end !== -1) found = withSpan(found, start, end)
  }
  return found
}

const local = charSet(`${lowerLetters}${upperLetters}${digits}._%+~'-`)
const label = charSet(`${lowerLetters}${upperLetters}${digits}-`)

function localStart(text: string, floor: number, sign: number): number {
  let start = sign
  while (start > floor && (has(local, text.charCodeAt(start - 1)) || isLatin(text.charCodeAt(start - 1)))) start--
  // An apostrophe or a dot in front belongs to the sentence.
  while (start < sign && (text[start] === "'" || text[start] === '.')) start++
  return start
}

/** Where the longest prefix that is a domain name ends, or -1. */
function domainEnd(text: string, from: number): number {
  let end = -1
  for (let start = from; ; ) {
    let at = start
    while (at < text.length && (has(label, text.charCodeAt(at)) || isLatin(text.charCodeAt(at)))) at++
    if (at === start) return end
    if (start > from && isLetter(text.charCodeAt(start)) && isLetter(text.charCodeAt(start + 1))) {
      end = at
      while (text[end - 1] === '-') end--
    }
    if (text[at] !== '.') return end
    start = at + 1
  }
}

function isLetter(code: number): boolean {
  return (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || isLatin(code)
}

/** Latin letters with diacritics, which internationalised addresses have (RFC 6531). */
function isLatin(code: number): boolean {
  return code >= 0xc0 && code <= 0x24f && code !== 0xd7 && code !== 0xf7
}
