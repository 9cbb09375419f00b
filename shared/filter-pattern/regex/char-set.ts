/**
 * A set of characters: one flag for each of the first 256, and one for all the others together, since no expression
 * can name a character beyond `\xff`.
 */
export type CharSet = readonly boolean[]

/** The index under which every character beyond `\xff` stands. */
export const otherCharacters = 256

const size = otherCharacters + 1

export function setOf(chars: string): CharSet {
  return Array.from({ length: size }, (_, code) => code < otherCharacters && chars.includes(String.fromCharCode(code)))
}

/** Both ends included. */
export function setOfRange(low: number, high: number): CharSet {
  return Array.from({ length: size }, (_, code) => code >= low && code <= high)
}

export function union(left: CharSet, right: CharSet): CharSet {
  return left.map((has, code) => has || right[code]!)
}

export function negate(set: CharSet): CharSet {
  return set.map(has => !has)
}

const digits = setOfRange(48, 57)
const wordCharacters = setOf('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_')
const blanks = setOf(' \t\n\r\f')

/** What the letter after a backslash stands for, ASCII only; null for any other letter. */
export function classSet(letter: string): CharSet | null {
  if (letter === 'd') return digits
  if (letter === 'D') return negate(digits)
  if (letter === 's') return blanks
  if (letter === 'S') return negate(blanks)
  if (letter === 'w') return wordCharacters
  if (letter === 'W') return negate(wordCharacters)
  return null
}

/** The only character in the set, or null. */
export function onlyCharacter(set: CharSet): string | null {
  const code = set.indexOf(true)
  return code === -1 || code === otherCharacters || set.indexOf(true, code + 1) !== -1
    ? null
    : String.fromCharCode(code)
}

/** The set in the notation that RE2, Java and ECMAScript share, without shorthands, on whose members they differ. */
export function printSet(set: CharSet): string {
  const only = onlyCharacter(set)
  if (only !== null) return printCharacter(only.charCodeAt(0))
  const negated = set[otherCharacters]!
  const ranges: string[] = []
  for (let low = 0; low < otherCharacters; low++) {
    if (set[low] === negated) continue
    let high = low
    while (high + 1 < otherCharacters && set[high + 1] !== negated) high++
    ranges.push(low === high ? printCharacter(low) : `${printCharacter(low)}-${printCharacter(high)}`)
    low = high
  }
  if (ranges.length === 0) return negated ? '[\\s\\S]' : '[^\\s\\S]'
  return `[${negated ? '^' : ''}${ranges.join('')}]`
}

function printCharacter(code: number): string {
  const char = String.fromCharCode(code)
  if (/[A-Za-z0-9 _:#=@/;,]/.test(char)) return char
  return `\\x${code.toString(16).padStart(2, '0')}`
}
