import { type Identifier, noSpans, withSpan } from './identifier.js'
import { charSet, digits, has, lowerLetters, upperLetters } from './runs.js'

/**
 * JSON Web Tokens in compact form (RFC 7515, RFC 7516): base64url segments joined by dots, the first of which begins
 * with `eyJ`, which is `{"`. A token whose signature was cut off still holds its claims, so two segments are enough when
 * the second is an object as well.
 */
export const jwt: Identifier = {
  name: 'jwt',
  mindsEscapes: false,
  find(text) {
    let found = noSpans
    for (let start = nextOpening(text, 0); start !== -1; ) {
      const headerEnd = segmentEnd(text, start)
      const end = headerEnd - start < minHeader ? -1 : tokenEnd(text, headerEnd)
      if (end !== -1) found = withSpan(found, start, end)
      start = nextOpening(text, Math.max(end, headerEnd))
    }
    return found
  },
}

const opening = 'eyJ'
/** The shortest header, `{"alg":""}`, in base64url. */
const minHeader = 14
const maxSegments = 5
const base64url = charSet(`${lowerLetters}${upperLetters}${digits}_-`)

/** Looks for the rarest of the three letters, which is several times faster than to look for the word. */
function nextOpening(text: string, from: number): number {
  for (let at = text.indexOf('J', from + 2); at !== -1; at = text.indexOf('J', at + 1)) {
    if (text.charCodeAt(at - 1) === 121 && text.charCodeAt(at - 2) === 101) return at - 2
  }
  return -1
}

function segmentEnd(text: string, from: number): number {
  let at = from
  while (at < text.length && has(base64url, text.charCodeAt(at))) at++
  return at
}

function tokenEnd(text: string, headerEnd: number): number {
  let filled = 1
  let end = headerEnd
  for (let segments = 1; segments < maxSegments && text[end] === '.'; segments++) {
    const next = segmentEnd(text, end + 1)
    if (next > end + 1) filled++
    end = next
  }
  const claims = text.startsWith(opening, headerEnd + 1)
  return filled >= 3 || (filled === 2 && claims) ? end : -1
}
