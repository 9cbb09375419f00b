import { otherCharacters } from './char-set.js'
import { type Program, wordBits, wordMask } from './program.js'

/** How many sets of bits are kept with their transitions; a search that needs more goes on without keeping them. */
const maxStates = 1024

/** Ids of the two states a search can stop in, of a missing transition, and of a new state where there is no room. */
const dead = 0
const found = 1
const unknown = -1
const noRoom = -2

/**
 * A search that remembers: each set of bits it meets becomes a state of an automaton whose transitions are filled in
 * as characters ask for them, so that ordinary text costs one table look-up a character. Memory is bounded: when the
 * table is full, the rest of that text is read bit by bit and the table starts anew with the next one. Either way
 * the time is linear in the text. The loops are shared by all expressions, so that they are optimised once.
 */
export function createSearch(program: Program): (text: string) => boolean {
  const automaton: Automaton = {
    ...{ program, classOf: program.classOf, classCount: program.classCount },
    ...{ transitions: new Int32Array(0), ends: new Int8Array(0), states: [], ids: new Map(), start: dead },
    scratch: new Int32Array(program.words),
  }
  reset(automaton)
  return text => search(automaton, text)
}

interface Automaton {
  readonly program: Program
  readonly classOf: Uint8Array
  readonly classCount: number
  /** The next state for each state and class of characters. */
  transitions: Int32Array
  /** Per state, whether the text may end there: 1, 0, or `unknown`. */
  ends: Int8Array
  /** The bits of each state. */
  states: Int32Array[]
  ids: Map<string, number>
  start: number
  readonly scratch: Int32Array
}

function search(automaton: Automaton, text: string): boolean {
  if (automaton.states.length >= maxStates) reset(automaton)
  const { classOf, classCount } = automaton
  const { length } = text
  let { transitions, start: state } = automaton
  for (let at = 0; at < length; at++) {
    if (state <= found) return state === found
    const code = text.charCodeAt(at)
    let charClass: number
    if (code < otherCharacters) charClass = classOf[code]!
    else {
      charClass = classOf[otherCharacters]!
      if (isPair(text, at, code)) at++
    }
    const next = transitions[state * classCount + charClass]!
    if (next !== unknown) state = next
    else {
      const made = makeTransition(automaton, state, charClass)
      if (made === noRoom) return searchFrom(automaton.program, automaton.states[state]!, charClass, text, at + 1)
      transitions = automaton.transitions
      state = made
    }
  }
  return state === found || (state !== dead && acceptsAtEnd(automaton, state, length === 0))
}

/** A surrogate pair is one character; a surrogate alone is one too. */
function isPair(text: string, at: number, code: number): boolean {
  return code >= 0xd800 && code < 0xdc00 && (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00
}

function reset(automaton: Automaton): void {
  const { program, scratch } = automaton
  automaton.ids = new Map()
  // The two states that need no bits.
  automaton.states = [scratch, scratch]
  automaton.transitions = new Int32Array(0)
  automaton.ends = new Int8Array(0)
  scratch.set(program.first)
  const accepts = close(program, scratch, program.atStart)
  const start = addState(automaton, scratch.join())
  automaton.start = accepts ? found : start
}

function makeTransition(automaton: Automaton, state: number, charClass: number): number {
  const { program, states, scratch, classCount } = automaton
  const next = advance(program, states[state]!, charClass, scratch) ? found : stateOf(automaton)
  if (next !== noRoom) automaton.transitions[state * classCount + charClass] = next
  return next
}

/** The state of the bits in `scratch`. */
function stateOf(automaton: Automaton): number {
  if (automaton.scratch.every(word => word === 0)) return dead
  const key = automaton.scratch.join()
  return automaton.ids.get(key) ?? (automaton.states.length >= maxStates ? noRoom : addState(automaton, key))
}

function addState(automaton: Automaton, key: string): number {
  const id = automaton.states.length
  if (id >= automaton.ends.length) grow(automaton, Math.max(16, 2 * id))
  automaton.states.push(automaton.scratch.slice())
  automaton.ids.set(key, id)
  return id
}

function grow(automaton: Automaton, capacity: number): void {
  const transitions = new Int32Array(capacity * automaton.classCount).fill(unknown)
  const ends = new Int8Array(capacity).fill(unknown)
  transitions.set(automaton.transitions)
  ends.set(automaton.ends)
  automaton.transitions = transitions
  automaton.ends = ends
}

function acceptsAtEnd({ program, states, ends }: Automaton, state: number, isEmptyText: boolean): boolean {
  if (isEmptyText) return endAccepts(program, states[state]!, true)
  if (ends[state] === unknown) ends[state] = endAccepts(program, states[state]!, false) ? 1 : 0
  return ends[state] === 1
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
