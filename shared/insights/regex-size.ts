/**
 * How large RE2 makes a regular expression. It reads UTF-8 byte by byte, so that a class becomes a tree of ranges of bytes:
 * sequences that begin alike share their beginning, and those that end in the same range of bytes share their end.
 *
 * Source: RE2's `compile.cc` (`AddRuneRangeUTF8`, `AddSuffixRecursive`).
 */
import type { RE2JS } from 're2js'

/** Of RE2JS: see `Inst` there. */
interface Step {
  readonly arg: number
  /** One character, in any case where `arg` is 1, or ranges, each its first and its last. */
  readonly runes: ArrayLike<number>
}

/** What one character in any case takes at most: up to four of them, and ways between these. */
const sizeOfFolded = 12

/**
 * Instructions of RE2's program; DuckDB gives it room for 698,990. Classes of Unicode's are a few of a hundred smaller or
 * larger there, by its own version of Unicode.
 */
export function sizeOfRegex(regex: RE2JS): number {
  // A class that is repeated is one object.
  const known = new Map<Step['runes'], number>()
  let size = 0
  for (const { arg, runes } of regex.re2().prog.inst as readonly Step[]) {
    if (runes.length < 2) size += sizeOfCharacter(runes[0] ?? 0, arg === 1)
    else {
      const own = known.get(runes) ?? sizeOfClass(runes)
      known.set(runes, own)
      size += own
    }
  }
  return size
}

function sizeOfCharacter(rune: number, isInAnyCase: boolean): number {
  // Of ASCII, k and s alone have another case beyond it: the signs of Kelvin and of the long s.
  if (rune < 0x80) return isInAnyCase && /[ks]/i.test(String.fromCodePoint(rune)) ? 5 : 1
  return isInAnyCase ? sizeOfFolded : encode(rune).length
}

/** A range of bytes and what follows it, or two ways on; 0 is the end of the class. */
interface Node {
  lo: number
  hi: number
  next: number
  readonly isShared: boolean
  isChoice: boolean
}

function sizeOfClass(runes: ArrayLike<number>): number {
  const tree = new ByteTree()
  for (let at = 0; at < runes.length; at += 2) tree.addRange(runes[at]!, runes[at + 1]!)
  return tree.size
}

class ByteTree {
  size = 0
  readonly #nodes: Node[] = [{ lo: 0, hi: 0, next: 0, isShared: false, isChoice: false }]
  readonly #shared = new Map<string, number>()
  #root = 0

  addRange(lo: number, hi: number): void {
    const end = firstEnd(lo, hi)
    if (lo === 0x80 && hi === 0x10_ffff) this.#addAllBeyondAscii()
    else if (end === hi) this.#addSequences(lo, hi)
    else {
      this.addRange(lo, end)
      this.addRange(end + 1, hi)
    }
  }

  #addSequences(lo: number, hi: number): void {
    const [from, to] = [encode(lo), encode(hi)]
    const last = from.length - 1
    let next = 0
    for (let at = last; at >= 0; at--) {
      const isShared = at === last || (at !== 0 && from[at]! < to[at]!)
      next = isShared ? this.#share(from[at]!, to[at]!, next) : this.#own(from[at]!, to[at]!, next)
    }
    this.#add(next)
  }

  /** In fewer steps, since what is no UTF-8 may match too. */
  #addAllBeyondAscii(): void {
    let next = 0
    for (const [lo, hi] of [
      [0xc2, 0xdf],
      [0xe0, 0xef],
      [0xf0, 0xf4],
    ] as const) {
      next = this.#own(0x80, 0xbf, next)
      this.#add(this.#own(lo, hi, next))
    }
  }

  #own(lo: number, hi: number, next: number): number {
    return this.#make({ lo, hi, next, isShared: false, isChoice: false })
  }

  #share(lo: number, hi: number, next: number): number {
    const key = `${lo} ${hi} ${next}`
    const found = this.#shared.get(key)
    if (found !== undefined) return found
    const made = this.#make({ lo, hi, next, isShared: true, isChoice: false })
    this.#shared.set(key, made)
    return made
  }

  #make(node: Node): number {
    this.size++
    return this.#nodes.push(node) - 1
  }

  #add(sequence: number): void {
    this.#root = this.#root === 0 ? sequence : this.#merged(this.#root, sequence)
  }

  /** The tree with one sequence more: as ranges come in their order, it can begin like the last one alone. */
  #merged(root: number, sequence: number): number {
    const nodes = this.#nodes
    const added = nodes[sequence]!
    const parent = nodes[root]!
    const place = parent.isChoice ? parent.hi : root
    const last = nodes[place]!
    const isAlike = place !== 0 && !last.isChoice && last.lo === added.lo && last.hi === added.hi
    if (!isAlike) return this.#make({ lo: root, hi: sequence, next: 0, isShared: false, isChoice: true })
    // What others end in, too, stays as it is.
    const own = last.isShared ? this.#own(last.lo, last.hi, last.next) : place
    if (!added.isShared) this.size--
    nodes[own]!.next = this.#merged(last.next, added.next)
    if (!parent.isChoice) return own
    parent.hi = own
    return root
  }
}

/** Where the first part of a range ends whose sequences are as long, and differ in their last bytes alone, by all of these. */
function firstEnd(lo: number, hi: number): number {
  for (const last of [0x7f, 0x7ff, 0xffff]) if (lo <= last && last < hi) return last
  if (hi < 0x80) return hi
  for (const bits of [6, 12, 18]) {
    const mask = 2 ** bits - 1
    if ((lo & ~mask) === (hi & ~mask)) continue
    if ((lo & mask) !== 0) return lo | mask
    if ((hi & mask) !== mask) return (hi & ~mask) - 1
  }
  return hi
}

/** UTF-8, of half a surrogate pair too. */
function encode(rune: number): readonly number[] {
  if (rune < 0x80) return [rune]
  const count = rune < 0x800 ? 1 : rune < 0x1_0000 ? 2 : 3
  const bytes = [([0xc0, 0xe0, 0xf0][count - 1] ?? 0) | (rune >> (6 * count))]
  for (let left = count - 1; left >= 0; left--) bytes.push(0x80 | ((rune >> (6 * left)) & 0x3f))
  return bytes
}
