import { otherCharacters } from './char-set.js'
import { type Program, wordBits, wordMask } from './program.js'

/** How many sets of bits are kept with their transitions; a search that needs more goes on without keeping them. */
const maxStates = 1024

/** Ids of the two states a search can stop in. */
const dead = 0
const found = 1

/**
 * A search that remembers: each set of bits it meets becomes a state of an automaton whose transitions are filled in
 * as characters ask for them, so that ordinary text costs one table look-up a character. Memory is bounded: when the
 * table is full, the rest of that text is read bit by bit and the table starts anew with the next one. Either way
 * the time is linear in the text.
 */
export function createSearch(program: Program): (text: string) => boolean {
  const { classOf, classCount } = program
  const cache = createCache(program)
  const other = classOf[otherCharacters]!

  return text => {
    if (cache.isFull()) cache.reset()
    let { transitions } = cache
    let state = cache.start()
    const { length } = text
    for (let at = 0; at < length; at++) {
      if (state <= found) return state === found
      const code = text.charCodeAt(at)
      let charClass = other
      if (code < otherCharacters) charClass = classOf[code]!
      else if (isPair(text, at, code)) at++
      let next = transitions[state * classCount + charClass]!
      if (next === -1) {
        next = cache.step(state, charClass)
        if (next === -1) return searchFrom(program, cache.bits(state), charClass, text, at + 1)
        transitions = cache.transitions
      }
      state = next
    }
    return state === found || (state !== dead && cache.acceptsAtEnd(state, length === 0))
  }
}

/** A surrogate pair is one character; a surrogate alone is one too. */
function isPair(text: string, at: number, code: number): boolean {
  return code >= 0xd800 && code < 0xdc00 && (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00
}

interface Cache {
  transitions: Int32Array
  start(): number
  /** The state after a character, or -1 where the table is full. */
  step(state: number, charClass: number): number
  acceptsAtEnd(state: number, isEmptyText: boolean): boolean
  bits(state: number): Int32Array
  isFull(): boolean
  reset(): void
}

function createCache(program: Program): Cache {
  const { classCount, words } = program
  const scratch = new Int32Array(words)
  let ids = new Map<string, number>()
  let states: Int32Array[] = []
  let ends: Int8Array = new Int8Array(0)

  const cache: Cache = {
    transitions: new Int32Array(0),
    start: () => 2,
    step(state, charClass) {
      const id = advance(program, states[state]!, charClass, scratch) ? found : stateOf(scratch)
      if (id !== -1) cache.transitions[state * classCount + charClass] = id
      return id
    },
    acceptsAtEnd(state, isEmptyText) {
      if (isEmptyText) return endAccepts(program, states[state]!, true)
      if (ends[state] === -1) ends[state] = endAccepts(program, states[state]!, false) ? 1 : 0
      return ends[state] === 1
    },
    bits: state => states[state]!,
    isFull: () => states.length >= maxStates,
    reset() {
      ids = new Map()
      states = [scratch, scratch]
      grow(16)
      scratch.set(program.first)
      const accepts = close(program, scratch, program.atStart)
      addState(scratch)
      if (accepts) cache.start = () => found
    },
  }

  function stateOf(bits: Int32Array): number {
    if (bits.every(word => word === 0)) return dead
    const key = bits.join()
    return ids.get(key) ?? (states.length >= maxStates ? -1 : addState(bits, key))
  }

  function addState(bits: Int32Array, key = bits.join()): number {
    const id = states.length
    if (id >= ends.length) grow(ends.length * 2)
    states.push(bits.slice())
    ids.set(key, id)
    return id
  }

  function grow(capacity: number): void {
    const transitions = new Int32Array(capacity * classCount).fill(-1)
    const newEnds = new Int8Array(capacity).fill(-1)
    if (capacity > 16) {
      transitions.set(cache.transitions)
      newEnds.set(ends)
    }
    cache.transitions = transitions
    ends = newEnds
  }

  cache.reset()
  return cache
}

/** The rest of a text without the table. */
function searchFrom(program: Program, bits: Int32Array, charClass: number, text: string, from: number): boolean {
  let now = new Int32Array(program.words)
  let next = new Int32Array(program.words)
  if (advance(program, bits, charClass, now)) return true
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code >= otherCharacters && isPair(text, at, code)) at++
    if (advance(program, now, program.classOf[Math.min(code, otherCharacters)]!, next)) return true
    ;[now, next] = [next, now]
  }
  return endAccepts(program, now, false)
}

/** Consumes one character; true when an alternative is complete. */
function advance(program: Program, from: Int32Array, charClass: number, to: Int32Array): boolean {
  const { words, advance, loop, again, optional, accept } = program
  const row = charClass * words
  let shifted = 0
  let carry = 0
  let accepts = 0
  for (let word = 0; word < words; word++) {
    const bits = from[word]!
    const moved = bits & advance[row + word]!
    const reached = ((moved << 1) & wordMask) | shifted | (bits & loop[row + word]!) | again[word]!
    shifted = moved >>> (wordBits - 1)
    const skips = optional[word]!
    const sum = skips + (reached & skips) + carry
    carry = sum >>> wordBits
    const closed = reached | ((sum & wordMask) ^ skips)
    to[word] = closed
    accepts |= closed & accept[word]!
  }
  return accepts !== 0
}

/** Adds the bits that are reached without a character; `also` are more bits that can be left that way here. */
function close(program: Program, bits: Int32Array, also: Int32Array, alsoToo?: Int32Array): boolean {
  let carry = 0
  let accepts = 0
  for (let word = 0; word < program.words; word++) {
    const skips = program.optional[word]! | also[word]! | (alsoToo?.[word] ?? 0)
    const sum = skips + (bits[word]! & skips) + carry
    carry = sum >>> wordBits
    bits[word] = bits[word]! | ((sum & wordMask) ^ skips)
    accepts |= bits[word]! & program.accept[word]!
  }
  return accepts !== 0
}

function endAccepts(program: Program, bits: Int32Array, isEmptyText: boolean): boolean {
  return close(program, bits.slice(), program.atEnd, isEmptyText ? program.atStart : undefined)
}
