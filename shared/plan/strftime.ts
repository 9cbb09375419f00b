/**
 * Formats of `formatDate`: the codes of C's strftime in the C locale, `%f` of Python's, and of glibc's what is written in
 * practice. A code means the same on every engine, or is refused before any of them sees it.
 */
export type StrftimePiece = { readonly text: string } | { readonly code: string }

export type StrftimeRead =
  | { readonly pieces: readonly StrftimePiece[] }
  /** What cannot be printed, and where it stands in the format. */
  | { readonly unknown: string; readonly at: number; readonly hint: string }

/** Codes that stand for several, or for a text. */
const combined: Readonly<Record<string, string>> = {
  c: '%a %b %e %H:%M:%S %Y',
  D: '%m/%d/%y',
  F: '%Y-%m-%d',
  h: '%b',
  r: '%I:%M:%S %p',
  R: '%H:%M',
  T: '%H:%M:%S',
  x: '%m/%d/%y',
  X: '%H:%M:%S',
}
const texts: Readonly<Record<string, string>> = { '%': '%', n: '\n', t: '\t' }

const single = 'aAbBCdefgGHIjklmMpPsSuUVwWyYzZ'
/** Padded codes that may have a `-` before the letter, and what they are then. */
const unpadded: Readonly<Record<string, string>> = {
  d: '-d',
  e: '-d',
  H: '-H',
  I: '-I',
  j: '-j',
  k: '-H',
  l: '-I',
  m: '-m',
  M: '-M',
  S: '-S',
  y: '-y',
}

const usual = 'codes are those of strftime, such as %Y-%m-%d %H:%M:%S'
const hints: Readonly<Record<string, string>> = {
  E: 'write the code without the E',
  O: 'write the code without the O',
  L: 'fractions of a second are %f, six digits',
  N: 'fractions of a second are %f, six digits',
  i: 'minutes are %M',
  '+': 'date and time are %c, the offset %z',
}

/** @param format such as `%Y-%m-%d`; one that has no code at all prints no time and is refused */
export function readStrftime(format: string): StrftimeRead {
  const pieces: StrftimePiece[] = []
  for (let at = 0; at < format.length; ) {
    const end = format.indexOf('%', at)
    if (end !== at) pieces.push({ text: format.slice(at, end === -1 ? undefined : end) })
    if (end === -1) break
    const isUnpadded = format[end + 1] === '-'
    const letter = format[end + (isUnpadded ? 2 : 1)] ?? ''
    const found = isUnpadded ? unpaddedPiece(letter) : piecesOf(letter)
    if (found.length === 0) {
      const unknown = format.slice(end, end + (isUnpadded ? 3 : 2))
      const isFlag = isUnpadded || /[_0^#]/.test(letter)
      return {
        unknown,
        at: end,
        hint: isFlag ? '%-d, for no padding, is the only kind of flag' : (hints[letter] ?? usual),
      }
    }
    pieces.push(...found)
    at = end + (isUnpadded ? 3 : 2)
  }
  if (pieces.some(piece => 'code' in piece)) return { pieces }
  const isJava = /yy|MM|dd|HH|mm/.test(format)
  return {
    unknown: format,
    at: 0,
    hint: isJava ? 'letters are those of parseDate; here it is %Y-%m-%d %H:%M:%S' : usual,
  }
}

function piecesOf(letter: string): readonly StrftimePiece[] {
  const text = texts[letter]
  if (text !== undefined) return [{ text }]
  const format = combined[letter]
  if (format !== undefined) {
    const read = readStrftime(format)
    return 'pieces' in read ? read.pieces : []
  }
  return letter !== '' && single.includes(letter) ? [{ code: letter }] : []
}

function unpaddedPiece(letter: string): readonly StrftimePiece[] {
  const code = unpadded[letter]
  return code === undefined ? [] : [{ code }]
}
