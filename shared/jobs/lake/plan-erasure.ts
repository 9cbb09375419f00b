import type { Diagnostic } from '../../diagnostics/diagnostic.js'
import { lowerPattern, parsePattern } from '../../filter-pattern/index.js'
import { lowerQuery, parseQuery } from '../../insights/index.js'
import type { Erasure, ErasureCondition, EventScope, LegalHold } from '../../lake/erasures.js'
import { and, compare, type Expr, field, literal, not, or } from '../../plan/expr.js'
import type { Plan, Project, ScanField } from '../../plan/node.js'

export type PlannedErasure = { readonly plan: Project } | { readonly diagnostics: readonly Diagnostic[] }

/**
 * The events that an erasure is about, as pointers to them.
 * @param which those that go, or those that would and are held
 */
export function planErasure(
  erasure: Erasure,
  holds: readonly LegalHold[],
  which: 'erasable' | 'held' = 'erasable',
): PlannedErasure {
  const asked = conditionOf(erasure.condition)
  if ('diagnostics' in asked) return asked
  const held = or(holds.map(within))
  const tests = holds.length === 0 && which === 'erasable' ? [] : [which === 'held' ? held : not(held)]
  return { plan: pointers([asked.test, ...tests], erasure, asked.fields) }
}

/** The same of an erasure whose condition was checked when it was recorded. */
export function planOfErasure(erasure: Erasure, holds: readonly LegalHold[], which: 'erasable' | 'held'): Project {
  const planned = planErasure(erasure, holds, which)
  if ('plan' in planned) return planned.plan
  throw new Error(`the condition of the erasure ${erasure.id} cannot be read: ${planned.diagnostics[0]?.message}`)
}

function pointers(tests: readonly Expr[], scope: EventScope, fields: readonly ScanField[]): Project {
  const system = ['@ptr', '@source.log', '@timestamp'].map(name => ({ name, as: 'text' }) as const)
  const others = fields.filter(({ name }) => !system.some(each => each.name === name))
  const { from, to } = scope
  const scan = { kind: 'scan', groups: null, from, to, fields: [...system, ...others] } as const
  const condition = and([named(scope.groups), ...tests])
  return {
    kind: 'project',
    input: { kind: 'filter', input: scan, condition },
    columns: [{ name: '@ptr', value: field('@ptr') }],
  }
}

interface Asked {
  readonly test: Expr
  readonly fields: readonly ScanField[]
}

function conditionOf(condition: ErasureCondition | null): Asked | { readonly diagnostics: readonly Diagnostic[] } {
  if (condition === null) return { test: literal(true), fields: [] }
  if (condition.kind === 'filter') return ofFilter(condition.text)
  const parsed = parsePattern(condition.text)
  if ('diagnostics' in parsed) return parsed
  return { test: lowerPattern(parsed.ast), fields: [{ name: '@message', as: 'text' }] }
}

const verb = 'filter '

/** Spans of problems are of the condition, not of the query that is made of it. */
function ofFilter(text: string): Asked | { readonly diagnostics: readonly Diagnostic[] } {
  const query = `${verb}${text}`
  const parsed = parseQuery(query)
  const range = { from: null, to: null, now: null, lookupTables: new Map() }
  const lowered = 'ast' in parsed ? lowerQuery(parsed.ast, query, range) : parsed
  if ('diagnostics' in lowered) return { diagnostics: lowered.diagnostics.map(inCondition) }
  let plan: Plan = lowered.plan
  while (plan.kind === 'project' || plan.kind === 'limit') plan = plan.input
  if ('ast' in parsed && parsed.ast.commands.length === 1 && plan.kind === 'filter' && plan.input.kind === 'scan') {
    return { test: plan.condition, fields: plan.input.fields }
  }
  const span = { start: 0, end: text.length }
  const message = 'expected one condition, as it stands after filter'
  return { diagnostics: [{ code: 'erase/no-condition', severity: 'error', span, message }] }
}

function inCondition(diagnostic: Diagnostic): Diagnostic {
  const { start, end } = diagnostic.span
  const span = { start: Math.max(0, start - verb.length), end: Math.max(0, end - verb.length) }
  return { ...diagnostic, span }
}

function within({ groups, from, to }: EventScope): Expr {
  return and([
    named(groups),
    ...(from === null ? [] : [compare(field('@timestamp'), '>=', literal(from))]),
    ...(to === null ? [] : [compare(field('@timestamp'), '<=', literal(to))]),
  ])
}

function named(globs: readonly string[]): Expr {
  const written = globs.map(glob =>
    [...glob].map(char => (char === '*' ? '.*' : char === '?' ? '.' : escaped(char))).join(''),
  )
  return { kind: 'regex', text: field('@source.log'), regex: `(?s)\\A(?:${written.join('|')})\\z` }
}

function escaped(char: string): string {
  return char.replace(/[\\^$.|()[\]{}+]/, '\\$&')
}
