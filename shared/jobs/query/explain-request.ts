import type * as z from 'zod/mini'
import { nearest } from '../../diagnostics/nearest.js'

type Issue = z.core.$ZodIssue

/**
 * What is wrong with a member of a request and what was expected, such as `limit: expected a whole number, found "5"`.
 * @param members that any request has
 */
export function explainRequest(issue: Issue, request: unknown, members: readonly string[]): string {
  const place = issue.path.join('.')
  const said = problemOf(issue, valueAt(request, issue.path), members)
  return place === '' ? said : `${place}: ${said}`
}

function problemOf(issue: Issue, value: unknown, members: readonly string[]): string {
  switch (issue.code) {
    case 'invalid_union':
      return `expected ${optionsOf(issue).join(', ')}, found ${described(value)}`
    case 'invalid_value':
      return `expected ${issue.values.join(', ')}, found ${described(value)}`
    case 'invalid_type':
      return `expected ${kinds[issue.expected] ?? issue.expected}, found ${described(value)}`
    case 'unrecognized_keys':
      return issue.keys.map(key => unknownMember(key, members)).join('; ')
    case 'too_big':
    case 'too_small': {
      const [bound, most] = issue.code === 'too_big' ? [issue.maximum, 'at most'] : [issue.minimum, 'at least']
      const least = issue.inclusive === false ? 'more than' : most
      return `expected ${least} ${bound}${units[issue.origin] ?? ''}, found ${sizeOf(value)}`
    }
    default:
      return issue.message
  }
}

/** Names of actions that a caller can ask for: `run` is what the function asks itself. */
function optionsOf(issue: Issue): readonly string[] {
  const { options } = issue as { options?: readonly unknown[] }
  return (options ?? []).map(String).filter(option => option !== 'run')
}

const kinds: Readonly<Record<string, string>> = {
  string: 'a text',
  int: 'a whole number',
  number: 'a whole number',
  array: 'a list',
  object: 'an object such as {"action": "start", "query": "limit 20"}',
}
const units: Readonly<Record<string, string>> = { string: ' characters', array: ' entries' }

function unknownMember(name: string, members: readonly string[]): string {
  const near = nearest(name, members)
  const hint = near === undefined || near === name ? '' : `, did you mean "${near}"?`
  return `this action has no member ${JSON.stringify(name)}${hint}`
}

function valueAt(request: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce((value, step) => (value as Record<PropertyKey, unknown> | null | undefined)?.[step], request)
}

function sizeOf(value: unknown): string {
  return typeof value === 'string' || Array.isArray(value) ? String(value.length) : described(value)
}

function described(value: unknown): string {
  if (value === undefined || value === null) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'an object'
  return JSON.stringify(value).slice(0, 60)
}
