import { type CharSet, otherCharacters } from './char-set.js'
import type { RegexItem, RegexTree } from './parse-regex.js'

/**
 * An expression as a row of bits, `wordBits` to a number: bit q is set while the search stands before item q of some
 * alternative. Without groups every transition goes from a bit to itself or to the next one, so one character is
 * consumed by an AND, a shift and (for items that may be left out) an addition whose carry runs over them: the
 * extended Shift-And of Navarro and Raffinot. The work for a character does not depend on the message.
 */
export interface Program {
  readonly words: number
  /** The class of each character code, and of `otherCharacters`. */
  readonly classOf: Uint8Array
  readonly classCount: number
  /** Per class, `words` numbers: bits that move on. */
  readonly advance: Int32Array
  /** Per class, `words` numbers: bits that stay. */
  readonly loop: Int32Array
  /** Bits that move on without a character: always, at the start of the text, at its end. */
  readonly optional: Int32Array
  readonly atStart: Int32Array
  readonly atEnd: Int32Array
  /** Bits set at the start of the text, and again before every later character. */
  readonly first: Int32Array
  readonly again: Int32Array
  readonly accept: Int32Array
}

/** One fewer than a small integer holds, so that the carry of an addition fits. */
export const wordBits = 30
export const wordMask = 2 ** wordBits - 1

/**
 * The same expression for the question "does it occur anywhere": what may be missing at either end is left out.
 */
export function trimTree(tree: RegexTree): RegexTree {
  return { alternatives: tree.alternatives.map(items => trimStart(trimStart(items).toReversed()).toReversed()) }
}

function trimStart(items: readonly RegexItem[]): readonly RegexItem[] {
  const needed = items.findIndex(item => typeof item.atom === 'string' || item.min > 0)
  if (needed === -1) return []
  const [first, ...rest] = items.slice(needed) as [RegexItem, ...RegexItem[]]
  return typeof first.atom === 'string' ? [first, ...rest] : [{ ...first, max: first.min }, ...rest]
}

/** One bit of the row. */
interface Bit {
  readonly set: CharSet | null
  readonly does: 'advance' | 'loop' | 'start' | 'end' | 'accept'
  readonly optional: boolean
}

export function compileProgram(tree: RegexTree): Program {
  const rows = tree.alternatives.map(bitsOf)
  const bits = rows.flat()
  const words = Math.ceil(bits.length / wordBits)
  const { classOf, classCount } = classesOf(bits)
  const mask = () => new Int32Array(words)
  const program = {
    words,
    classOf,
    classCount,
    advance: new Int32Array(words * classCount),
    loop: new Int32Array(words * classCount),
    ...{ optional: mask(), atStart: mask(), atEnd: mask(), first: mask(), again: mask(), accept: mask() },
  }
  let start = 0
  for (const row of rows) {
    set(program.first, start)
    if (row[0]!.does !== 'start') set(program.again, start)
    row.forEach((bit, index) => {
      setBit(program, bit, start + index)
    })
    start += row.length
  }
  return program
}

function bitsOf(items: readonly RegexItem[]): readonly Bit[] {
  const bits: Bit[] = []
  for (const { atom, min, max } of items) {
    if (typeof atom === 'string') {
      bits.push({ set: null, does: atom, optional: false })
      continue
    }
    for (let copy = 0; copy < min; copy++) bits.push({ set: atom, does: 'advance', optional: false })
    if (max === Number.POSITIVE_INFINITY) bits.push({ set: atom, does: 'loop', optional: true })
    else for (let copy = min; copy < max; copy++) bits.push({ set: atom, does: 'advance', optional: true })
  }
  bits.push({ set: null, does: 'accept', optional: false })
  return bits
}

function setBit(program: Program, bit: Bit, at: number): void {
  if (bit.optional) set(program.optional, at)
  if (bit.does === 'start') set(program.atStart, at)
  else if (bit.does === 'end') set(program.atEnd, at)
  else if (bit.does === 'accept') set(program.accept, at)
  else {
    const masks = bit.does === 'loop' ? program.loop : program.advance
    for (let code = 0; code <= otherCharacters; code++)
      if (bit.set![code]!) set(masks, program.classOf[code]! * program.words * wordBits + at)
  }
}

function set(masks: Int32Array, at: number): void {
  masks[Math.floor(at / wordBits)]! |= 1 << (at % wordBits)
}

/** Characters that no item tells apart share a class. */
function classesOf(bits: readonly Bit[]): { classOf: Uint8Array; classCount: number } {
  const sets = new Map<string, CharSet>()
  for (const { set } of bits) if (set !== null) sets.set(set.map(Number).join(''), set)
  const distinct = [...sets.values()]
  const classes = new Map<string, number>()
  const classOf = new Uint8Array(otherCharacters + 1)
  for (let code = 0; code <= otherCharacters; code++) {
    const signature = distinct.map(set => (set[code]! ? '1' : '0')).join('')
    if (!classes.has(signature)) classes.set(signature, classes.size)
    classOf[code] = classes.get(signature)!
  }
  return { classOf, classCount: classes.size }
}
