/**
 * Patterns of Java's DateTimeFormatter, as `parseDate` takes them, in the codes of strftime. Codes that `formatDate` takes
 * are checked here too, so that no engine meets one that it does not know.
 */
const codes: Readonly<Record<string, string>> = {
  yyyy: '%Y',
  uuuu: '%Y',
  y: '%Y',
  u: '%Y',
  yy: '%y',
  MMMM: '%B',
  MMM: '%b',
  MM: '%m',
  M: '%m',
  dd: '%d',
  d: '%d',
  DDD: '%j',
  D: '%j',
  EEEE: '%A',
  EEE: '%a',
  EE: '%a',
  E: '%a',
  HH: '%H',
  H: '%H',
  hh: '%I',
  h: '%I',
  mm: '%M',
  m: '%M',
  ss: '%S',
  s: '%S',
  SSS: '%g',
  SSSSSS: '%f',
  SSSSSSSSS: '%n',
  a: '%p',
  Z: '%z',
  xx: '%z',
  xxx: '%z',
}

/**
 * The strftime codes of a Java pattern; null where it has letters without one. `X` stands for an offset or for a `Z`: what
 * it is here is `offset`.
 */
export function strftimeOf(pattern: string, offset: '%z' | 'Z' = '%z'): string | null {
  let found = ''
  for (let at = 0; at < pattern.length; ) {
    const char = pattern[at]!
    if (char === "'") {
      const end = pattern.indexOf("'", at + 1)
      if (end === -1) return null
      found += end === at + 1 ? "'" : pattern.slice(at + 1, end).replaceAll('%', '%%')
      at = end + 1
    } else if (/[A-Za-z]/.test(char)) {
      let end = at + 1
      while (pattern[end] === char) end++
      const code = char === 'X' && end - at <= 3 ? offset : codes[pattern.slice(at, end)]
      if (code === undefined) return null
      found += code
      at = end
    } else {
      found += char === '%' ? '%%' : char
      at++
    }
  }
  return found
}

/** Codes that stand for several, as glibc has them. */
const combined: Readonly<Record<string, string>> = {
  '%F': '%Y-%m-%d',
  '%T': '%H:%M:%S',
  '%R': '%H:%M',
  '%D': '%m/%d/%y',
  '%h': '%b',
}

/** A strftime format with the codes in it that every engine knows. */
export function spellOut(format: string): string {
  return format.replace(/%-?./g, code => combined[code] ?? code)
}

const known = 'aAbBdfgHIjmMpSuUVwWyYzZGcxX%'
const unpadded = 'dHIjmMSy'

/** The first strftime code of a format that is not supported, or null. */
export function unknownCode(format: string): string | null {
  for (let at = format.indexOf('%'); at !== -1; at = format.indexOf('%', at + 1)) {
    const isUnpadded = format[at + 1] === '-'
    const code = format[at + (isUnpadded ? 2 : 1)]
    if (code === undefined || !(isUnpadded ? unpadded : known).includes(code)) return format.slice(at, at + 3)
    at += isUnpadded ? 2 : 1
  }
  return null
}
