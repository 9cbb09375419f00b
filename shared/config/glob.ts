/**
 * Globs over log group names: `*` stands for any characters, also none and also `/`; `?` for one. Everything else is
 * literal, and the whole name has to match.
 *
 * The literal parts are looked for from left to right and never again, so that a name made for it costs no more than
 * its length times the length of one part.
 */
export function compileGlob(glob: string): (name: string) => boolean {
  const [first = '', ...others] = glob.split('*')
  if (others.length === 0) return name => name.length === first.length && matchesAt(name, 0, first)
  const last = others.pop()!
  const middle = others.filter(part => part !== '')
  return name => {
    const end = name.length - last.length
    if (end < first.length || !matchesAt(name, 0, first) || !matchesAt(name, end, last)) return false
    let at = first.length
    for (const part of middle) {
      at = indexOfPart(name, part, at, end)
      if (at === -1) return false
      at += part.length
    }
    return true
  }
}

/**
 * Whether every name that `narrow` matches is matched by `wide`, too. False may also mean that this cannot be told from
 * the two globs side by side.
 */
export function coversGlob(wide: string, narrow: string): boolean {
  const matches = compileGlob(wide)
  // A character that no literal part holds stands for `?`, and one or many of it for `*`.
  const parts = narrow.replaceAll('?', anyOne).split(/\*+/)
  const many = anyOne.repeat(wide.length + 1)
  const stars = parts.slice(1)
  const fill = (textOf: (star: number) => string) =>
    stars.reduce((name, part, star) => name + textOf(star) + part, parts[0]!)
  return (
    matches(fill(() => '')) &&
    matches(fill(() => many)) &&
    stars.every((_, long) => matches(fill(star => (star === long ? many : ''))))
  )
}

const anyOne = '\u0000'

function indexOfPart(name: string, part: string, from: number, end: number): number {
  if (!part.includes('?')) {
    const at = name.indexOf(part, from)
    return at === -1 || at + part.length > end ? -1 : at
  }
  for (let at = from; at + part.length <= end; at++) if (matchesAt(name, at, part)) return at
  return -1
}

function matchesAt(name: string, at: number, part: string): boolean {
  for (let index = 0; index < part.length; index++) {
    const wanted = part.charCodeAt(index)
    if (wanted !== 63 && wanted !== name.charCodeAt(at + index)) return false
  }
  return true
}
