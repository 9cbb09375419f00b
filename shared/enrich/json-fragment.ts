/**
 * Finds JSON objects inside a line of text and flattens them as CloudWatch's field discovery does, in one pass and
 * without building the object, so that numbers keep their text (an integer beyond 2^53 is not rounded).
 */

export interface FlatJson {
  /** Unique. `a.b` for members, `items.0` for elements; a top-level name that begins with `@` gets one more. */
  readonly keys: string[]
  /** Strings decoded, numbers as written, true as `1` and false as `0`; null values are left out altogether. */
  readonly values: string[]
  /** Offset behind the closing brace. */
  readonly end: number
}

/** What CloudWatch extracts per event; further fields are read over. */
export const maxDiscoveredFields = 200

/** Up to so many keys are looked through faster than a table is made. */
const fewKeys = 12

/** How many opening braces that might begin an object are tried, which keeps the search linear. */
const maxCandidates = 4

/** Fields with a longer path are not discovered: their names would outgrow the line they came from. */
const maxPathLength = 1024

/** Deeper objects are not discovered: a line must not be able to exhaust the stack. */
const maxDepth = 100

/** The first JSON object at or behind an offset, flattened, or undefined. */
export function findJson(text: string, from: number): FlatJson | undefined {
  let tried = 0
  for (let at = text.indexOf('{', from); at !== -1 && tried < maxCandidates; at = text.indexOf('{', at + 1)) {
    const next = text.charCodeAt(skipSpace(text, at + 1))
    if (next !== 34 && next !== 125) continue
    tried++
    const flat = flattenJson(text, at)
    if (flat !== undefined) return flat
  }
  return undefined
}

/** Flattens the object whose `{` stands at the offset; undefined when it is not well-formed JSON. */
export function flattenJson(text: string, at: number): FlatJson | undefined {
  const reader = new Reader(text)
  const end = reader.object(at, '', 0)
  return end === -1 ? undefined : { keys: reader.keys, values: reader.values, end }
}

/** Every method gets the offset of what it reads and returns the offset behind it, or -1. */
class Reader {
  readonly keys: string[] = []
  readonly values: string[] = []
  private readonly text: string
  /** Of keys, once there are many; null before. */
  private positions: Map<string, number> | null = null
  private decoded = ''

  constructor(text: string) {
    this.text = text
  }

  object(start: number, path: string, depth: number): number {
    if (depth > maxDepth) return -1
    const { text } = this
    let at = skipSpace(text, start + 1)
    if (text.charCodeAt(at) === 125) return at + 1
    for (;;) {
      if (text.charCodeAt(at) !== 34) return -1
      at = this.string(at)
      if (at === -1) return -1
      const name = this.decoded
      at = skipSpace(text, at)
      if (text.charCodeAt(at) !== 58) return -1
      at = this.value(skipSpace(text, at + 1), this.pathOf(path, name, depth === 0), depth)
      if (at === -1) return -1
      at = skipSpace(text, at)
      const code = text.charCodeAt(at)
      if (code === 125) return at + 1
      if (code !== 44) return -1
      at = skipSpace(text, at + 1)
    }
  }

  private array(start: number, path: string, depth: number): number {
    if (depth > maxDepth) return -1
    const { text } = this
    let at = skipSpace(text, start + 1)
    if (text.charCodeAt(at) === 93) return at + 1
    for (let index = 0; ; index++) {
      at = this.value(at, this.pathOf(path, `${index}`, false), depth)
      if (at === -1) return -1
      at = skipSpace(text, at)
      const code = text.charCodeAt(at)
      if (code === 93) return at + 1
      if (code !== 44) return -1
      at = skipSpace(text, at + 1)
    }
  }

  private value(at: number, path: string, depth: number): number {
    const code = this.text.charCodeAt(at)
    if (code === 123) return this.object(at, path, depth + 1)
    if (code === 91) return this.array(at, path, depth + 1)
    if (code === 34) {
      const end = this.string(at)
      if (end !== -1) this.add(path, this.decoded)
      return end
    }
    return this.scalar(at, path)
  }

  private scalar(at: number, path: string): number {
    const { text } = this
    if (text.startsWith('null', at)) return at + 4
    if (text.startsWith('true', at)) {
      this.add(path, '1')
      return at + 4
    }
    if (text.startsWith('false', at)) {
      this.add(path, '0')
      return at + 5
    }
    number.lastIndex = at
    if (!number.test(text)) return -1
    const end = number.lastIndex
    this.add(path, text.slice(at, end))
    return end
  }

  /** Leaves the string's value in `decoded`. */
  private string(start: number): number {
    const { text } = this
    let escaped = false
    for (let at = start + 1; at < text.length; at++) {
      const code = text.charCodeAt(at)
      if (code === 34) {
        if (!escaped) this.decoded = text.slice(start + 1, at)
        else if (!this.decode(start, at + 1)) return -1
        return at + 1
      }
      if (code === 92) {
        escaped = true
        at++
      } else if (code < 32) return -1
    }
    return -1
  }

  private decode(start: number, end: number): boolean {
    try {
      this.decoded = JSON.parse(this.text.slice(start, end)) as string
      return true
    } catch {
      return false
    }
  }

  /** Paths are built only while they can still be used, so that a hostile line cannot make them add up. */
  private pathOf(path: string, name: string, isTop: boolean): string {
    if (this.keys.length >= maxDiscoveredFields || path.length + name.length > maxPathLength) return tooLong
    if (isTop) return name.charCodeAt(0) === 64 ? `@${name}` : name
    return path === tooLong ? tooLong : `${path}.${name}`
  }

  private add(path: string, value: string): void {
    if (path === tooLong) return
    const known = this.positions === null ? this.keys.indexOf(path) : (this.positions.get(path) ?? -1)
    if (known !== -1) this.values[known] = value
    else if (this.keys.length < maxDiscoveredFields) {
      this.positions?.set(path, this.keys.length)
      this.keys.push(path)
      this.values.push(value)
      if (this.keys.length === fewKeys) this.positions = new Map(this.keys.map((key, index) => [key, index]))
    }
  }
}

/** Path of a value that is read over; no path of a line can be this long. */
const tooLong = '.'.repeat(maxPathLength + 2)

const number = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y

function skipSpace(text: string, from: number): number {
  let at = from
  for (let code = text.charCodeAt(at); code === 32 || code === 10 || code === 13 || code === 9; )
    code = text.charCodeAt(++at)
  return at
}
