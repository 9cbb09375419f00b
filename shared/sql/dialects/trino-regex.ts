/**
 * RE2's notation, which the plan holds, as Trino's default engine (Joni, with Java's syntax) reads it, so that both find
 * the same. There `\s` also takes a vertical tab, `$` also stands before a last line break and `^` of lines not after it,
 * `\b` and the POSIX classes go by Unicode, `[` and `&&` within a class begin something, a class of one letter needs braces,
 * flags do not reach beyond the next `|`, and nothing swaps greedy and lazy.
 */
export function trinoRegex(regex: string): string {
  let written = ''
  let group: Group = { flags: '', outer: '' }
  const around: Group[] = []
  for (let at = 0; at < regex.length; at++) {
    const char = regex[at]!
    const rest = regex.slice(at)
    if (char === '\\') {
      const [escaped, length] = readEscape(rest, group.flags)
      written += escaped
      at += length - 1
    } else if (char === '[') {
      const [inner, end] = readClass(regex, at, group.flags)
      written += inner
      at = end
    } else if (char === '(') {
      const [opening = '(', flags, closing] = /^\(\?([a-zA-Z-]*)([:)])/.exec(rest) ?? /^\(\?P?<\w+>/.exec(rest) ?? []
      const next = flags === undefined ? group.flags : changed(group.flags, flags)
      if (closing === ')') {
        written += ended(group) + begun(group.outer, next)
        group = { ...group, flags: next }
      } else {
        around.push(group)
        group = { flags: next, outer: next }
        written += closing === undefined ? '(' : `(?${difference(around.at(-1)!.flags, next)}:`
      }
      at += opening.length - 1
    } else if (char === ')') {
      written += `${ended(group)})`
      group = around.pop() ?? group
    } else if (char === '|') written += `${ended(group)}|${begun(group.outer, group.flags)}`
    else if (char === '^') written += group.flags.includes('m') ? '(?<![^\\n])' : '^'
    else if (char === '$') written += group.flags.includes('m') ? '(?![^\\n])' : escapes.z!
    else {
      const [repetition] = /^(?:[*+?]|\{\d+(?:,\d*)?\})\??/.exec(rest) ?? []
      if (repetition === undefined) written += char === '\0' ? '\\x00' : char
      else {
        written += group.flags.includes('U') ? swapped(repetition) : repetition
        at += repetition.length - 1
      }
    }
  }
  return written + ended(group)
}

/** Flags where the regex is read, and those that its group began with. */
interface Group {
  readonly flags: string
  readonly outer: string
}

/** @param change as in `(?i-s)` */
function changed(flags: string, change: string): string {
  const [on = '', off = ''] = change.split('-')
  return [...new Set(flags + on)].filter(flag => !off.includes(flag)).join('')
}

/** What stands between `(?` and `:` for flags within others; lines and laziness are written out instead. */
function difference(outer: string, inner: string): string {
  const [on, off] = [inner.replace(/[mU]/g, ''), outer.replace(/[mU]/g, '')]
  const without = (one: string, other: string) => [...one].filter(flag => !other.includes(flag)).join('')
  const [more, less] = [without(on, off), without(off, on)]
  return less === '' ? more : `${more}-${less}`
}

/** A group for flags that were set in the middle of another one: it lasts to the next `|` and begins again there. */
function begun(outer: string, flags: string): string {
  const change = difference(outer, flags)
  return change === '' ? '' : `(?${change}:`
}

function ended({ outer, flags }: Group): string {
  return begun(outer, flags) === '' ? '' : ')'
}

function swapped(repetition: string): string {
  return repetition.length > 1 && repetition.endsWith('?') ? repetition.slice(0, -1) : `${repetition}?`
}

/** What begins with a backslash, and how long it was. */
function readEscape(rest: string, flags: string): readonly [string, number] {
  const next = rest[1] ?? ''
  if (next === 'Q') {
    const end = rest.indexOf('\\E')
    return end < 0 ? [quoteLiteral(rest.slice(2)), rest.length] : [quoteLiteral(rest.slice(2, end)), end + 2]
  }
  const code = codePoint(rest)
  if (code !== null) return [code, 4]
  const named = unicodeClass(rest, flags)
  return named ?? [escapes[next] ?? `\\${next}`, 2]
}

/**
 * `\pL`, `\p{Greek}`, `\P{Lu}` or `\p{^Lu}`. In RE2 a case of letters takes in the others where case does not matter, and
 * `C` has no code points that are not assigned.
 */
function unicodeClass(rest: string, flags: string): readonly [string, number] | null {
  const [text = '', sign, single, negation = '', long] = /^\\([pP])(?:([A-Z])|\{(\^?)(\w+)\})/.exec(rest) ?? []
  const name = single ?? long
  if (name === undefined) return null
  const isNegated = (sign === 'P') !== (negation === '^')
  const isCased = flags.includes('i') && /^L[ult]$/.test(name)
  const names = isCased ? ['Lu', 'Ll', 'Lt'] : name === 'C' ? ['Cc', 'Cf', 'Co', 'Cs'] : [name]
  if (names.length === 1) return [`\\${isNegated ? 'P' : 'p'}{${name}}`, text.length]
  return [`[${isNegated ? '^' : ''}${names.map(one => `\\p{${one}}`).join('')}]`, text.length]
}

/** Joni takes `\xff` for a byte; the code point is `\x{ff}`. Null where no such escape stands. */
function codePoint(rest: string): string | null {
  const digits = /^\\x([89a-fA-F][0-9a-fA-F])/.exec(rest)?.[1]
  return digits === undefined ? null : `\\x{${digits}}`
}

/** By code point: what RE2 takes for white space. */
const blanks = '\\t\\n\\f\\r '

const escapes: Readonly<Record<string, string>> = {
  s: `[${blanks}]`,
  S: `[^${blanks}]`,
  // Joni's own fails to see the end of a text whose last character has several bytes where little stands before it.
  z: '(?!.|\\n)',
  b: '(?:(?<=\\w)(?!\\w)|(?<!\\w)(?=\\w))',
  B: '(?:(?<=\\w)(?=\\w)|(?<!\\w)(?!\\w))',
}

const posix: Readonly<Record<string, string>> = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  ascii: '\\x00-\\x7f',
  blank: '\\t ',
  cntrl: '\\x00-\\x1f\\x7f',
  digit: '0-9',
  graph: '!-~',
  lower: 'a-z',
  print: ' -~',
  punct: '!-/:-@\\[-`{-~',
  space: '\\t\\n\\x0b\\f\\r ',
  upper: 'A-Z',
  word: '0-9A-Za-z_',
  xdigit: '0-9A-Fa-f',
}

/** The class that begins at a bracket, and where it ends. */
function readClass(regex: string, start: number, flags: string): readonly [string, number] {
  let at = start + 1
  let written = '['
  if (regex[at] === '^') written += regex[at++]!
  // A bracket that comes first is meant as itself.
  if (regex[at] === ']') {
    written += '\\]'
    at++
  }
  for (; at < regex.length && regex[at] !== ']'; at++) {
    const char = regex[at]!
    const named = char === '[' ? /^\[:(\^?)([a-z]+):\]/.exec(regex.slice(at, at + 12)) : null
    if (named !== null) {
      written += `[${named[1]}${posix[named[2]!] ?? ''}]`
      at += named[0].length - 1
    } else if (char === '\\') {
      const [escaped, length] = readEscape(regex.slice(at), flags)
      written += escaped
      at += length - 1
    } else written += char === '[' || char === '&' ? `\\${char}` : char === '\0' ? '\\x00' : char
  }
  return [`${written}]`, at]
}

function quoteLiteral(text: string): string {
  return text.replace(/[^A-Za-z0-9_\u0080-\uffff]/g, '\\$&')
}
