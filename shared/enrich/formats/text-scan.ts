/**
 * Small reading steps that the text formats share. They look at char codes and use `indexOf`, since they run on every
 * line of a batch; each is linear in what it reads.
 */

/** True when `text[from, to)` is not empty and all decimal digits. */
export function isDigits(text: string, from: number, to: number): boolean {
  if (to <= from || to > text.length) return false
  for (let at = from; at < to; at++) if (!isDigit(text.charCodeAt(at))) return false
  return true
}

export function isDigit(code: number): boolean {
  return code >= 48 && code <= 57
}

export function isUpper(code: number): boolean {
  return code >= 65 && code <= 90
}

export function isLetter(code: number): boolean {
  return isUpper(code & 0xdf) && code < 128
}

export function isSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13)
}

/** Index of the first character at or after `at` that is no white space. */
export function skipSpaces(text: string, at: number): number {
  while (at < text.length && isSpace(text.charCodeAt(at))) at++
  return at
}

/** Index of the first white space at or after `at`, or the length. */
export function endOfWord(text: string, at: number): number {
  while (at < text.length && !isSpace(text.charCodeAt(at))) at++
  return at
}

/** Index after the last character that is no white space. */
export function trimmedEnd(text: string): number {
  let end = text.length
  while (end > 0 && isSpace(text.charCodeAt(end - 1))) end--
  return end
}

/** True for `hh:mm:ss` at `at`. */
export function isClock(text: string, at: number): boolean {
  return (
    text.charCodeAt(at + 2) === 58 &&
    text.charCodeAt(at + 5) === 58 &&
    isDigits(text, at, at + 2) &&
    isDigits(text, at + 3, at + 5) &&
    isDigits(text, at + 6, at + 8)
  )
}

/** True for `yyyy?mm?dd` at `at`, with `separator` as a char code for the question marks. */
export function isDate(text: string, at: number, separator: number): boolean {
  return (
    text.charCodeAt(at + 4) === separator &&
    text.charCodeAt(at + 7) === separator &&
    isDigits(text, at, at + 4) &&
    isDigits(text, at + 5, at + 7) &&
    isDigits(text, at + 8, at + 10)
  )
}

/** Index after the decimal fraction (`.123` or `,123`) at `at`, which may be missing. */
export function skipFraction(text: string, at: number): number {
  const point = text.charCodeAt(at)
  if ((point !== 46 && point !== 44) || !isDigit(text.charCodeAt(at + 1))) return at
  at++
  while (isDigit(text.charCodeAt(at))) at++
  return at
}

/** Index after an RFC 3339 time with `T` and a zone (`Z`, `+01:00`, `+0100`) at `at`, or -1. */
export function endOfRfc3339(text: string, at: number): number {
  if (text.charCodeAt(at + 10) !== 84 || !isDate(text, at, 45) || !isClock(text, at + 11)) return -1
  const zone = skipFraction(text, at + 19)
  const sign = text.charCodeAt(zone)
  if (sign === 90) return zone + 1
  if ((sign !== 43 && sign !== 45) || !isDigits(text, zone + 1, zone + 3)) return -1
  const minutes = text.charCodeAt(zone + 3) === 58 ? zone + 4 : zone + 3
  return isDigits(text, minutes, minutes + 2) ? minutes + 2 : -1
}

/** The value, or null where the producer writes `-` (or nothing) for "none". */
export function unlessDash(value: string): string | null {
  return value === '-' || value === '' ? null : value
}
