import type { Span } from '../diagnostics/diagnostic.js'
import type { Selector, Step } from './ast.js'
import { locateItems, locateJson } from './locate-json.js'

/** The member or element that a wildcard stood for; undefined where the selector has none. */
export type WildcardKey = string | number | undefined

/** Where a selected value was found: enough to look up how it is written, which few tests ask. */
export interface Site {
  readonly selector: Selector
  message: string
  key: WildcardKey
  /** The places of everything the wildcard stands for, once somebody has asked. */
  items: ReadonlyMap<string | number, Span> | null
}

/** A question about one selected value. The site holds for the time of the call. */
export type ValueTest = (value: unknown, site: Site) => boolean

/** Whether some value that a selector reaches in a document passes a test; `message` is the document's text. */
export type SelectSome = (document: unknown, message: string, test: ValueTest) => boolean

/** What IS asks of a value. */
export const stateTests = {
  null: (value: unknown) => value === null,
  true: (value: unknown) => value === true,
  false: (value: unknown) => value === false,
}

export function compileSelector(selector: Selector): SelectSome {
  const { steps } = selector
  const wild = wildcardAt(steps)
  const before = compilePath(steps.slice(0, wild))
  // One site serves every call, since a test is over before the next begins.
  const site: Site = { selector, message: '', key: undefined, items: null }
  if (wild === steps.length)
    return (document, message, test) => {
      const value = before(document)
      if (value === undefined) return false
      site.message = message
      return test(value, site)
    }
  const after = compilePath(steps.slice(wild + 1))
  const ofArray = steps[wild]!.kind === 'any-element'
  return (document, message, test) => {
    const container = before(document)
    if (typeof container !== 'object' || container === null || Array.isArray(container) !== ofArray) return false
    site.message = message
    site.items = null
    const passes = (item: unknown, key: string | number) => {
      const value = after(item)
      site.key = key
      return value !== undefined && test(value, site)
    }
    if (Array.isArray(container)) return container.some(passes)
    return Object.keys(container).some(key => passes((container as Record<string, unknown>)[key], key))
  }
}

/** The first value that a selector reaches, as a metric value or dimension takes it; undefined where it reaches none. */
export function compileFirst(selector: Selector): (document: unknown) => unknown {
  const selects = compileSelector(selector)
  return document => {
    let first: unknown
    selects(document, '', value => {
      first = value
      return true
    })
    return first
  }
}

/** The place of a selected value in its message. */
export function placeOf(site: Site): Span | undefined {
  const { message, key } = site
  const { steps } = site.selector
  if (key === undefined) return locateJson(message, steps)[0]
  const wild = wildcardAt(steps)
  site.items ??= locateItems(message, steps.slice(0, wild))
  const item = site.items.get(key)
  return item && locateJson(message, steps.slice(wild + 1), item)[0]
}

/** A selected number as it is written in the message. */
export function writtenNumber(value: number, site: Site): string {
  const { message, selector, key } = site
  const last = selector.steps.at(-1)!
  const usual = String(value)
  if (key === undefined && last.kind === 'name' && isPlainMember(message, last.name, usual)) return usual
  const place = placeOf(site)
  return place === undefined ? usual : message.slice(place.start, place.end)
}

/** Whether the name stands only once in the message, with just this number behind it: the common case, found fast. */
function isPlainMember(message: string, name: string, number: string): boolean {
  const quoted = `"${name}"`
  const at = message.indexOf(quoted)
  if (at === -1) return false
  let from = at + quoted.length
  if (message[from] !== ':') return false
  from += message[from + 1] === ' ' ? 2 : 1
  const after = message[from + number.length]
  if (!message.startsWith(number, from) || (after !== ',' && after !== '}')) return false
  return message.indexOf(quoted, from) === -1
}

function isWildcard(step: Step): boolean {
  return step.kind === 'any-field' || step.kind === 'any-element'
}

/** The index of the wildcard, or the number of steps. */
function wildcardAt(steps: readonly Step[]): number {
  const at = steps.findIndex(isWildcard)
  return at === -1 ? steps.length : at
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
function compilePath(steps: readonly Step[]): (document: unknown) => unknown {
  const path = keysOf(steps)
  // A parsed document has the members of Object.prototype too, and may hide them with its own.
  const inherited = path.some(key => typeof key === 'string' && key in Object.prototype)
  const [only, second] = path
  if (typeof only === 'string' && second === undefined && !inherited)
    return document =>
      typeof document === 'object' && document !== null && !Array.isArray(document)
        ? (document as Record<string, unknown>)[only]
        : undefined
  return document => {
    let value = document
    for (const key of path) {
      if (typeof value !== 'object' || value === null || Array.isArray(value) !== (typeof key === 'number'))
        return undefined
      if (inherited && !Object.hasOwn(value, key)) return undefined
      value = (value as Record<string | number, unknown>)[key]
    }
    return value
  }
}
