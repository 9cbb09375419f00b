import { closingQuote, unescapeQuoted } from './quoted.js'
import { endOfWord, isDigit, isLetter, skipSpaces } from './text-scan.js'

/**
 * Pairs of one line; more of them stay in the message only. CloudWatch's own limit for the fields of one event.
 */
export const maxPairs = 200

export interface Pairs {
  /** Unique; of a key that comes twice, the first value counts. */
  readonly keys: string[]
  readonly values: string[]
  /** Characters that belong to pairs, and all characters that are no white space, up to where reading stopped. */
  readonly covered: number
  readonly total: number
}

/**
 * Reads `key=value key="quoted value" …` from `at` on. Words that are no pairs are passed over. Keys in `taken` are left
 * out. With `brackets`, a value that begins with `{` or `[` reaches to its closing bracket, as klog prints objects.
 * A quote or bracket that is never closed reaches to the end: logs cut long lines.
 */
export function readPairs(text: string, at: number, taken: readonly string[] = [], brackets = false): Pairs {
  const keys: string[] = []
  const values: string[] = []
  let covered = 0
  let total = 0
  for (at = skipSpaces(text, at); at < text.length && keys.length < maxPairs; at = skipSpaces(text, at)) {
    const start = at
    const equals = endOfKey(text, at)
    if (equals === -1) {
      at = endOfWord(text, at)
      total += at - start
      continue
    }
    const end = endOfValue(text, equals + 1, brackets)
    const key = text.slice(start, equals)
    if (!keys.includes(key) && !taken.includes(key)) {
      keys.push(key)
      values.push(readValue(text, equals + 1, end))
    }
    at = end
    covered += end - start
    total += end - start
  }
  return { keys, values, covered, total }
}

/** Index of the `=` behind a key at `at`, or -1 when there is no key. */
function endOfKey(text: string, at: number): number {
  const first = text.charCodeAt(at)
  if (!isLetter(first) && first !== 95 && first !== 64) return -1
  for (at++; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 61) return at
    if (!isLetter(code) && !isDigit(code) && !(code >= 45 && code <= 47) && code !== 95 && code !== 64) return -1
  }
  return -1
}

function endOfValue(text: string, at: number, brackets: boolean): number {
  const first = text.charCodeAt(at)
  if (first === 34) {
    const close = closingQuote(text, at)
    return close === -1 ? text.length : close + 1
  }
  return brackets && (first === 123 || first === 91) ? endOfBracket(text, at) : endOfWord(text, at)
}

/** Index after the bracket that closes the one at `at`; brackets in quotes do not count. */
function endOfBracket(text: string, at: number): number {
  let depth = 0
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 34) {
      const close = closingQuote(text, at)
      if (close === -1) return text.length
      at = close
    } else if (code === 123 || code === 91) depth++
    else if ((code === 125 || code === 93) && --depth === 0) return at + 1
  }
  return text.length
}

function readValue(text: string, from: number, to: number): string {
  if (text.charCodeAt(from) !== 34) return text.slice(from, to)
  const isClosed = closingQuote(text, from) === to - 1
  return unescapeQuoted(text.slice(from + 1, isClosed ? to - 1 : to))
}
