import type { RedactionCounts, Redactor } from '../redactor.js'

/**
 * Redacts a JSON value for the `extra` column: every string, key and number in it. A number that matches becomes the
 * marker; keys that become equal are told apart by ` (2)`, ` (3)` …, so that no member is lost. Gives the value itself
 * when nothing matched.
 */
export function redactValue(value: unknown, redactor: Redactor, counts: RedactionCounts): unknown {
  return redactAt(value, redactor, counts, 0)
}

/** Deeper than any service writes; what lies below is left out, so that no input overflows the stack. */
const maxDepth = 1000

function redactAt(value: unknown, redactor: Redactor, counts: RedactionCounts, depth: number): unknown {
  if (typeof value === 'string') return redactor.redact(value, counts)
  if (typeof value === 'number') {
    const written = String(value)
    const redacted = redactor.redact(written, counts)
    return redacted === written ? value : redacted
  }
  if (typeof value !== 'object' || value === null) return value
  if (depth === maxDepth) return null
  return Array.isArray(value)
    ? redactArray(value, redactor, counts, depth)
    : redactObject(value, redactor, counts, depth)
}

function redactArray(array: readonly unknown[], redactor: Redactor, counts: RedactionCounts, depth: number): unknown {
  const redacted = array.map(item => redactAt(item, redactor, counts, depth + 1))
  return redacted.every((item, at) => Object.is(item, array[at])) ? array : redacted
}

function redactObject(object: object, redactor: Redactor, counts: RedactionCounts, depth: number): unknown {
  const members = new Map<string, unknown>()
  let isSame = true
  for (const [key, value] of Object.entries(object)) {
    const newKey = redactor.redact(key, counts)
    const newValue = redactAt(value, redactor, counts, depth + 1)
    isSame &&= newKey === key && Object.is(newValue, value)
    members.set(newKey === key ? key : freeKey(members, newKey), newValue)
  }
  return isSame ? object : Object.fromEntries(members)
}

function freeKey(members: ReadonlyMap<string, unknown>, key: string): string {
  if (!members.has(key)) return key
  let number = 2
  while (members.has(`${key} (${number})`)) number++
  return `${key} (${number})`
}
