/**
 * RE2's notation, which the plan holds, as Trino's default engine (Joni, with Java's syntax) reads it, so that both find
 * the same: there, `\s` also takes a vertical tab, `$` also stands before a last line break, `\b` and the POSIX classes
 * go by Unicode, and `[` and `&&` within a class begin something.
 */
export function trinoRegex(regex: string): string {
  const isMultiline = /\(\?[a-zA-Z]*m[a-zA-Z]*[-:)]/.test(regex)
  let written = ''
  for (let at = 0; at < regex.length; at++) {
    const char = regex[at]!
    if (char === '\\') {
      const next = regex[at + 1] ?? ''
      if (next === 'Q') {
        const end = regex.indexOf('\\E', at)
        written += quoteLiteral(regex.slice(at + 2, end < 0 ? undefined : end))
        at = end < 0 ? regex.length : end + 1
        continue
      }
      const code = codePoint(regex, at)
      written += code ?? escapes[next] ?? char + next
      at += code === null ? 1 : 3
    } else if (char === '[') {
      const [inner, end] = readClass(regex, at)
      written += inner
      at = end
    } else if (char === '$' && !isMultiline) written += '\\z'
    else if (char === '\0') written += '\\x00'
    else if (regex.startsWith('(?P<', at)) {
      written += '(?<'
      at += 3
    } else written += char
  }
  return written
}

/** Joni takes `\xff` for a byte; the code point is `\x{ff}`. Null where no such escape stands. */
function codePoint(regex: string, at: number): string | null {
  const digits = /^\\x([89a-fA-F][0-9a-fA-F])/.exec(regex.slice(at, at + 4))?.[1]
  return digits === undefined ? null : `\\x{${digits}}`
}

/** By code point: what RE2 takes for white space. */
const blanks = '\\t\\n\\f\\r '

const escapes: Readonly<Record<string, string>> = {
  s: `[${blanks}]`,
  S: `[^${blanks}]`,
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
function readClass(regex: string, start: number): readonly [string, number] {
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
      const code = codePoint(regex, at)
      const next = regex[++at] ?? ''
      if (code !== null) {
        written += code
        at += 2
      } else written += next === 's' || next === 'S' ? escapes[next]! : char + next
    } else written += char === '[' || char === '&' ? `\\${char}` : char === '\0' ? '\\x00' : char
  }
  return [`${written}]`, at]
}

function quoteLiteral(text: string): string {
  return text.replace(/[^A-Za-z0-9_\u0080-\uffff]/g, '\\$&')
}
