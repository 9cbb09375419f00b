import type { Selector, Step } from './ast.js'
import { locateJson } from './locate-json.js'

/** The member or element that a wildcard stood for; undefined where the selector has none. */
export type WildcardKey = string | number | undefined

/** A question about one selected value; `message` is the text of the document it was found in. */
export type ValueTest = (value: unknown, key: WildcardKey, message: string) => boolean

/** Whether some value that a selector reaches passes a test. */
export type SelectSome = (document: unknown, message: string, test: ValueTest) => boolean

/** What IS asks of a value. */
export const stateTests = {
  null: (value: unknown) => value === null,
  true: (value: unknown) => value === true,
  false: (value: unknown) => value === false,
}

export function compileSelector({ steps }: Selector): SelectSome {
  const wild = steps.findIndex(isWildcard)
  if (wild === -1) {
    const path = keysOf(steps)
    return (document, message, test) => {
      const value = follow(document, path)
      return value !== undefined && test(value, undefined, message)
    }
  }
  const before = keysOf(steps.slice(0, wild))
  const after = keysOf(steps.slice(wild + 1))
  const ofArray = steps[wild]!.kind === 'any-element'
  return (document, message, test) => {
    const container = follow(document, before)
    if (typeof container !== 'object' || container === null || Array.isArray(container) !== ofArray) return false
    const passes = (item: unknown, key: string | number) => {
      const value = follow(item, after)
      return value !== undefined && test(value, key, message)
    }
    if (Array.isArray(container)) return container.some(passes)
    return Object.keys(container).some(key => passes((container as Record<string, unknown>)[key], key))
  }
}

/** A selected number as it is written in the message. */
export function writtenNumber(
  { steps }: Pick<Selector, 'steps'>,
  key: WildcardKey,
  value: number,
  message: string,
): string {
  const last = steps.at(-1)!
  const usual = String(value)
  if (last.kind === 'name' && isPlainMember(message, last.name, usual)) return usual
  const [span] = locateJson(message, concreteSteps({ steps }, key))
  return span === undefined ? usual : message.slice(span.start, span.end)
}

/** Whether the name stands only once in the message, with just this number behind it: the common case, found fast. */
function isPlainMember(message: string, name: string, number: string): boolean {
  const quoted = `"${name}"`
  const at = message.indexOf(quoted)
  if (at === -1 || message.indexOf(quoted, at + 1) !== -1) return false
  let from = at + quoted.length
  if (message[from] !== ':') return false
  from += message[from + 1] === ' ' ? 2 : 1
  const after = message[from + number.length]
  return message.startsWith(number, from) && (after === ',' || after === '}')
}

function isWildcard(step: Step): boolean {
  return step.kind === 'any-field' || step.kind === 'any-element'
}

/** The way to the one value that a wildcard's key leads to. */
export function concreteSteps({ steps }: Pick<Selector, 'steps'>, key: WildcardKey): readonly Step[] {
  if (key === undefined) return steps
  const step: Step = typeof key === 'string' ? { kind: 'name', name: key } : { kind: 'index', index: key }
  return steps.map(given => (isWildcard(given) ? step : given))
}

function keysOf(steps: readonly Step[]): readonly (string | number)[] {
  const keys: (string | number)[] = []
  for (const step of steps) {
    if (step.kind === 'name') keys.push(step.name)
    else if (step.kind === 'index') keys.push(step.index)
  }
  return keys
}

/** Names lead into objects, numbers into arrays; undefined where the path ends early. */
function follow(document: unknown, path: readonly (string | number)[]): unknown {
  let value = document
  for (const key of path) {
    if (typeof value !== 'object' || value === null || Array.isArray(value) !== (typeof key === 'number'))
      return undefined
    // A parsed document has the members of Object.prototype too, and may hide them with its own.
    if (typeof key === 'string' && key in Object.prototype && !Object.hasOwn(value, key)) return undefined
    value = (value as Record<string | number, unknown>)[key]
  }
  return value
}
