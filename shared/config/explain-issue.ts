import type * as z from 'zod'
import type { Diagnostic, Span } from '../diagnostics/diagnostic.js'
import { nearest } from '../diagnostics/nearest.js'
import type { YamlSource } from './yaml-source.js'

type Issue = z.core.$ZodIssue

/** What a schema found, in words and at a place its author can use. One issue can be several findings. */
export function explainIssue(issue: Issue, source: YamlSource): readonly Diagnostic[] {
  if (issue.code === 'invalid_union') {
    const branch = branchMeant(issue)
    if (branch !== undefined) {
      return branch.flatMap(inner => explainIssue({ ...inner, path: [...issue.path, ...inner.path] }, source))
    }
  }
  if (issue.code === 'unrecognized_keys') {
    // The mapping gives the keys it knows as the message.
    const known = issue.message.split(' ')
    return issue.keys.map(key => ({
      code: 'config/unknown-key',
      severity: 'error',
      span: source.spanOfKey(issue.path, key),
      message: `unknown key ${JSON.stringify(key)}`,
      hint: suggestion(key, known) ?? `known keys: ${known.join(', ')}`,
    }))
  }
  const { code, message, hint } = explain(issue)
  const part = issue.code === 'custom' ? (issue.params?.span as Span | undefined) : undefined
  const span = part === undefined ? source.spanOf(issue.path) : source.spanWithin(issue.path, part)
  return [{ code, severity: 'error', span, message, hint: hint ?? hintAt(issue.path) }]
}

/** The form of a value that its author had in mind: text for text, a mapping for a mapping. */
function branchMeant(issue: z.core.$ZodIssueInvalidUnion): readonly Issue[] | undefined {
  const isText = typeof issue.input === 'string'
  if (!isText && (typeof issue.input !== 'object' || issue.input === null)) return undefined
  return issue.errors.find(branch =>
    branch.every(
      ({ code, path }) => path.length > 0 || (code !== 'invalid_type' && (isText || code !== 'invalid_value')),
    ),
  )
}

function explain(issue: Issue): { readonly code: string; readonly message: string; readonly hint?: string } {
  switch (issue.code) {
    case 'custom':
      return { code: String(issue.params?.code), message: issue.message, hint: String(issue.params?.hint) }
    case 'invalid_type':
    case 'invalid_union': {
      const key = String(issue.path.at(-1))
      if (issue.input === undefined)
        return { code: 'config/missing-key', message: `missing key ${JSON.stringify(key)}` }
      const expected =
        issue.code === 'invalid_union' ? issue.message : `expected ${kinds[issue.expected] ?? issue.expected}`
      return { code: 'config/wrong-type', message: `${expected}, found ${described(issue.input)}` }
    }
    case 'invalid_value': {
      const values = issue.values.map(String)
      if (issue.input === undefined) {
        const key = String(issue.path.at(-1))
        return {
          code: 'config/missing-key',
          message: `missing key ${JSON.stringify(key)}`,
          hint: `${key}: ${values[0]}`,
        }
      }
      if (values.length === 1) {
        const message = `expected ${values[0]}, found ${described(issue.input)}`
        return {
          code: 'config/unknown-value',
          message,
          hint: `this release reads ${String(issue.path.at(-1))} ${values[0]}`,
        }
      }
      const hint = suggestion(String(issue.input), values) ?? `known: ${values.join(', ')}`
      return { code: 'config/unknown-value', message: issue.message, hint }
    }
    case 'too_small':
    case 'too_big':
      if (issue.origin === 'array') return { code: 'config/empty-list', message: 'the list is empty' }
      return { code: 'config/out-of-range', message: `expected a number from 0 to 1, found ${described(issue.input)}` }
    default:
      return { code: 'config/bad-value', message: issue.message }
  }
}

const kinds: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  array: 'a list',
  object: 'a mapping',
  boolean: 'true or false',
}

function described(value: unknown): string {
  if (value === null) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a mapping'
  return JSON.stringify(value) ?? String(value)
}

function suggestion(word: string, known: readonly string[]): string | undefined {
  const best = nearest(word, known)
  return best === undefined ? undefined : `did you mean ${JSON.stringify(best)}?`
}

/** How a value at this place is written. */
function hintAt(path: readonly PropertyKey[]): string {
  const key = path.findLast(step => typeof step === 'string')
  return (
    examples[`${String(path[0])} ${String(key)}`] ??
    examples[String(key)] ??
    'the file begins with "version: 1"; docs/configuration.md shows all of it'
  )
}

const examples: Readonly<Record<string, string>> = {
  defaults: 'for example defaults: { retention: 90d }',
  groups: 'each rule begins with - match: "/aws/lambda/*"',
  match: 'for example match: "/aws/lambda/*", or a list of such globs',
  exclude: 'for example exclude: "/aws/lambda/noisy-*", or a list of such globs',
  format: 'for example format: auto',
  fields: `for example fields: "\${version} \${vpc-id} \${srcaddr}"`,
  redact: 'for example redact: [email, { name: order-id, pattern: "ORD-[0-9]{8}" }]',
  name: 'names are small letters, digits and dashes, and begin with a letter',
  pattern: 'for example pattern: "ORD-[0-9]{8}"',
  sample: 'a tenth of the events is sample: 0.1',
  retention: 'for example retention: 30d, or forever',
  metricFilters: 'each filter begins with - name: order-errors',
  'metricFilters name': 'for example name: order-errors',
  'metricFilters groups': 'for example groups: "/ecs/*", or a list of such globs',
  'metricFilters pattern': 'for example pattern: \'{ $.level = "error" }\'',
  metric: 'for example metric: OrderErrors',
  namespace: 'for example namespace: Shop',
  value: 'for example value: $.durationMs',
  default: 'for example default: 0',
  dimensions: 'for example dimensions: { Service: $.service }',
  alarms: 'each alarm begins with - name: order-errors',
  'alarms name': 'for example name: order-errors',
  'alarms metric': 'for example metric: { namespace: AWS/Lambda, name: Errors }',
  'alarms dimensions': 'for example dimensions: { Service: orders }',
  filter: 'for example filter: order-errors',
  exports: 'each export begins with - name: history',
  every: 'for example every: 1d, or every: 6h',
  delay: 'for example delay: 12h',
  from: 'for example from: 2026-01-15',
  until: 'for example until: 2026-02-01',
  import: 'import: true, or leave it out',
  source: 'source: cloudwatch, or source: lake',
  subscriptions: 'for example subscriptions: { groups: [{ match: "/ecs/*" }] }',
  'subscriptions groups': 'each rule begins with - match: "/ecs/*"',
  'subscriptions pattern': 'for example pattern: "ERROR"',
  by: 'by: filter, or by: account-policy',
  destination: 'for example destination: stack',
  formerly: 'for example formerly: [tailrace-old]',
  dataPath: 'for example dataPath: "/aws/vpc/tailrace-*"',
  tags: 'for example tags: { team: shop, stage: "prod*" }',
  class: 'for example class: STANDARD',
  logGroupRetention: 'for example logGroupRetention: { rules: [{ match: "/ecs/*", days: 30 }] }',
  rules: 'each rule begins with - match: "/ecs/*"',
  days: 'for example days: 30, or days: forever',
  optOutTag: 'for example optOutTag: keep-retention',
  enforce: 'enforce: true, or leave it out',
  shorten: 'shorten: true, or leave it out',
  discard: 'discard: true, or leave it out',
  statistic: 'for example statistic: Sum, or p99',
  period: 'for example period: 5m',
  threshold: 'for example threshold: "> 10"',
  band: 'for example band: 2, or { width: 2, side: above }',
  evaluate: 'for example evaluate: 2 of 3',
  actions: 'for example actions: ["arn:aws:sns:us-east-1:123456789012:oncall"]',
  okActions: 'for example okActions: ["arn:aws:sns:us-east-1:123456789012:oncall"]',
}
