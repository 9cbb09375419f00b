import type { Span } from '../diagnostics/diagnostic.js'
import type { Step } from './ast.js'
import { isJsonBlank } from './json-document.js'

/**
 * Where the values that a selector reaches stand in a message, which must be a valid JSON document. A parsed document
 * no longer knows how a number was written (`400.0`, digits beyond a double's); the message does. Of members with the
 * same name the last one counts, as for the parser. `from` is the value to start in, the document if not given.
 */
export function locateJson(message: string, steps: readonly Step[], from?: Span): readonly Span[] {
  let found: readonly Span[] = [from ?? valueAt(message, skipBlanks(message, 0))]
  for (const step of steps) found = found.flatMap(span => stepInto(message, span, step))
  return found
}

/** The members or elements of the one value that `steps` reach, by their keys; none of another value. */
export function locateItems(message: string, steps: readonly Step[]): ReadonlyMap<string | number, Span> {
  const [container] = locateJson(message, steps)
  const opening = container && message[container.start]
  if (opening === '{') return new Map(membersOf(message, container!.start).map(({ key, value }) => [key, value]))
  return new Map(opening === '[' ? elementsOf(message, container!.start).entries() : [])
}

function stepInto(message: string, { start }: Span, step: Step): readonly Span[] {
  if (step.kind === 'name' || step.kind === 'any-field') {
    if (message[start] !== '{') return []
    const members = new Map(membersOf(message, start).map(({ key, value }) => [key, value]))
    if (step.kind === 'any-field') return [...members.values()]
    const member = members.get(step.name)
    return member === undefined ? [] : [member]
  }
  if (message[start] !== '[') return []
  const elements = elementsOf(message, start)
  return step.kind === 'any-element' ? elements : elements.slice(step.index, step.index + 1)
}

function membersOf(message: string, start: number): { key: string; value: Span }[] {
  const members: { key: string; value: Span }[] = []
  let at = skipBlanks(message, start + 1)
  while (message[at] === '"') {
    const keyEnd = stringEnd(message, at)
    const key: string = JSON.parse(message.slice(at, keyEnd))
    const value = valueAt(message, skipBlanks(message, skipBlanks(message, keyEnd) + 1))
    members.push({ key, value })
    at = skipBlanks(message, value.end)
    if (message[at] === ',') at = skipBlanks(message, at + 1)
  }
  return members
}

function elementsOf(message: string, start: number): Span[] {
  const elements: Span[] = []
  let at = skipBlanks(message, start + 1)
  while (at < message.length && message[at] !== ']') {
    const value = valueAt(message, at)
    elements.push(value)
    at = skipBlanks(message, value.end)
    if (message[at] === ',') at = skipBlanks(message, at + 1)
  }
  return elements
}

function valueAt(message: string, start: number): Span {
  const first = message[start]
  if (first === '"') return { start, end: stringEnd(message, start) }
  if (first === '{' || first === '[') return { start, end: nestedEnd(message, start) }
  let end = start
  while (end < message.length && !/[,\]}\s]/.test(message[end]!)) end++
  return { start, end }
}

function nestedEnd(message: string, start: number): number {
  let depth = 0
  let at = start
  do {
    const char = message[at]
    if (char === '"') {
      at = stringEnd(message, at)
      continue
    }
    if (char === '{' || char === '[') depth++
    else if (char === '}' || char === ']') depth--
    at++
  } while (depth > 0 && at < message.length)
  return at
}

/** After the closing quote. */
function stringEnd(message: string, start: number): number {
  let at = start + 1
  while (at < message.length && message[at] !== '"') at += message[at] === '\\' ? 2 : 1
  return at + 1
}

function skipBlanks(message: string, from: number): number {
  let at = from
  while (at < message.length && isJsonBlank(message.charCodeAt(at))) at++
  return at
}
