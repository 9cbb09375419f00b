/** A text with its backslash escapes resolved, and the way back from its offsets to those of the original. */
export interface Unescaped {
  readonly text: string
  readonly originalOffset: (offset: number) => number
}

/**
 * Resolves the escapes of JSON strings wherever they stand, so that what hides behind `\u0040` or follows a `\n` is seen
 * in JSON, in JSON inside of a text line, and in JSON that was cut off. Undefined when the text has no escape.
 */
export function unescapeText(text: string): Unescaped | undefined {
  const parts: string[] = []
  // Where the text goes on after each escape: offset in the result, offset in the original.
  const resultOffsets: number[] = [0]
  const originalOffsets: number[] = [0]
  let length = 0
  let copied = 0
  for (let at = text.indexOf('\\'); at !== -1; ) {
    const unit = escapeLength(text, at)
    if (unit !== 0) {
      parts.push(text.slice(copied, at), unescaped(text, at))
      resultOffsets.push(length + at - copied, length + at - copied + 1)
      originalOffsets.push(at, at + unit)
      length += at - copied + 1
      copied = at + unit
    }
    at = text.indexOf('\\', at + Math.max(unit, 1))
  }
  if (copied === 0) return undefined
  parts.push(text.slice(copied))
  return {
    text: parts.join(''),
    originalOffset(offset) {
      const last = lastNotAbove(resultOffsets, offset)
      return originalOffsets[last]! + offset - resultOffsets[last]!
    },
  }
}

/** Characters in the escape that begins at this backslash; 0 when it begins none. */
export function escapeLength(text: string, backslash: number): number {
  const letter = text[backslash + 1]
  if (letter === undefined) return 0
  if (simple.has(letter)) return 2
  return letter === 'u' && /^[0-9a-fA-F]{4}$/.test(text.slice(backslash + 2, backslash + 6)) ? 6 : 0
}

function unescaped(text: string, backslash: number): string {
  const letter = text[backslash + 1]!
  return simple.get(letter) ?? String.fromCharCode(Number.parseInt(text.slice(backslash + 2, backslash + 6), 16))
}

const simple: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
])

function lastNotAbove(sorted: readonly number[], value: number): number {
  let low = 0
  let high = sorted.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (sorted[middle]! <= value) low = middle
    else high = middle - 1
  }
  return low
}
