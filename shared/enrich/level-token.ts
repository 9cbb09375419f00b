import type { Level } from './format.js'
import { isDigit, isLetter, isSpace } from './formats/text-scan.js'
import { levelOf } from './level.js'

/**
 * The severity that a line of text states about itself, or null. Only what can hardly be prose counts, in the first 200
 * characters, and the leftmost wins:
 *   - a known word in capitals standing alone: `2021-01-01 ERROR [main] …`, `WARN: …`, `|INFO|`;
 *   - a known word of any case in brackets: `[warn]`, `<Error>`, `(debug)`;
 *   - a known word of any case as the value of `level`, `lvl`, `loglevel` or `severity`: `level=info`, `"level":"info"`;
 *   - a known word of any case at the start of the line with a colon behind it: `error: …`, `Warning: …`.
 * Linear, and bounded by those 200 characters.
 */
export function levelInText(text: string, from = 0): Level | null {
  const end = Math.min(text.length, from + headLength)
  let isAfterKey = false
  for (let at = from; at < end; ) {
    const code = text.charCodeAt(at)
    if (!isLetter(code)) {
      at = code === 27 ? endOfColour(text, at) : at + 1
      continue
    }
    const start = at
    while (at < text.length && isLetter(text.charCodeAt(at)) && at - start <= longestWord) at++
    const length = at - start
    if (length > longestWord) {
      while (at < end && isLetter(text.charCodeAt(at))) at++
    } else if (length >= shortestWord && initials.has(text.charCodeAt(start) | 32)) {
      const word = text.slice(start, at)
      const lower = word.toLowerCase()
      if (keys.has(lower)) {
        isAfterKey = isKeyEnd(text.charCodeAt(at))
        continue
      }
      if (words.has(lower) && isStated(text, word, start, at, start === from, isAfterKey)) return levelOf(lower)
    }
    isAfterKey = false
  }
  return null
}

const headLength = 200
const shortestWord = 3
const longestWord = 13

/** Words that mean a severity wherever they stand so; `log`, `note`, `system`, `fine` and the like mean other things too. */
const words = new Set(
  (
    'trace verbose debug info information informational notice warn warning error err severe fatal critical crit ' +
    'alert emerg emergency panic'
  ).split(' '),
)
const keys = new Set(['level', 'lvl', 'loglevel', 'severity', 'levelname'])
const initials = new Set([...words, ...keys].map(word => word.charCodeAt(0)))

function isStated(
  text: string,
  word: string,
  start: number,
  end: number,
  isFirst: boolean,
  isAfterKey: boolean,
): boolean {
  const before = start === 0 ? 32 : text.charCodeAt(start - 1)
  const after = end === text.length ? 32 : text.charCodeAt(end)
  if (isAfterKey) return !isWordPart(after)
  if (closers.get(before) === after) return true
  if (isFirst && after === 58) return true
  return word === word.toUpperCase() && isOpening(before) && isClosing(after)
}

/** `[` → `]` and the like, by char code. */
const closers: ReadonlyMap<number, number> = new Map(
  ['[]', '<>', '()', '||'].map(pair => [pair.charCodeAt(0), pair.charCodeAt(1)] as const),
)

/** Index after the terminal colour (`ESC [ 31 m`) at `at`, or after the escape. */
function endOfColour(text: string, at: number): number {
  let end = at + 2
  while (end < at + 12 && (isDigit(text.charCodeAt(end)) || text.charCodeAt(end) === 59)) end++
  return text.charCodeAt(end) === 109 ? end + 1 : at + 1
}

/** White space, brackets, separators, or the `m` of a colour: no word starts behind an `m` that was not skipped. */
function isOpening(before: number): boolean {
  return isSpace(before) || before === 109 || '[(<|":=,;]'.includes(String.fromCharCode(before))
}

/** White space, brackets, separators, or the escape that starts a terminal colour. */
function isClosing(after: number): boolean {
  return isSpace(after) || after === 27 || '])>|":,;['.includes(String.fromCharCode(after))
}

/** What may stand between `level` and its value: `=`, `:`, or the quote of a JSON name. */
function isKeyEnd(code: number): boolean {
  return code === 61 || code === 58 || code === 34
}

function isWordPart(code: number): boolean {
  return isLetter(code) || code === 95 || code === 45
}
