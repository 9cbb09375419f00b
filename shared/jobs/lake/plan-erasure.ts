import { compileGlob } from '../../config/glob.js'
import type { Diagnostic } from '../../diagnostics/diagnostic.js'
import type { PlanErasures } from '../../engine/merge-erasing.js'
import { lowerPattern, parsePattern } from '../../filter-pattern/index.js'
import { lowerQuery, parseQuery } from '../../insights/index.js'
import {
  type Erasure,
  type ErasureCondition,
  type EventScope,
  type GroupSpan,
  type LegalHold,
  meets,
} from '../../lake/erasures.js'
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
  return 'diagnostics' in asked ? asked : { plan: pointers([{ erasure, asked }], holds, which) }
}

/** So many are looked for at once: rows are read once for all of them, and a statement stays of a size that is planned fast. */
const erasuresAtOnce = 50

/** What a merge asks, with these legal holds. Conditions were checked when they were recorded. */
export function erasurePlanner(holds: readonly LegalHold[]): PlanErasures {
  return ({ erasures, which, spans }) => {
    const wanted = (spans === null ? erasures : concerning(erasures, spans)).map(erasure => {
      const asked = conditionOf(erasure.condition)
      if ('test' in asked) return { erasure, asked }
      throw new Error(`the condition of the erasure ${erasure.id} cannot be read: ${asked.diagnostics[0]?.message}`)
    })
    return Array.from({ length: Math.ceil(wanted.length / erasuresAtOnce) }, (_, index) =>
      pointers(wanted.slice(index * erasuresAtOnce, (index + 1) * erasuresAtOnce), holds, which),
    )
  }
}

/** Those that name one of the groups, and a time when it has events. */
function concerning(erasures: readonly Erasure[], spans: readonly GroupSpan[]): readonly Erasure[] {
  const named = new Map<string, readonly GroupSpan[]>()
  const ofGlob = (glob: string): readonly GroupSpan[] => {
    const known = named.get(glob)
    if (known !== undefined) return known
    const matches = compileGlob(glob)
    const found = spans.filter(({ logGroup }) => matches(logGroup))
    named.set(glob, found)
    return found
  }
  return erasures.filter(erasure =>
    erasure.groups.some(glob => ofGlob(glob).some(({ first, last }) => meets(erasure, first, last))),
  )
}

interface PlannedOne {
  readonly erasure: Erasure
  readonly asked: Asked
}

function pointers(erasures: readonly PlannedOne[], holds: readonly LegalHold[], which: 'erasable' | 'held'): Project {
  const system = ['@ptr', '@source.log', '@timestamp'].map(name => ({ name, as: 'text' }) as const)
  const fields = [...system, ...erasures.flatMap(({ asked }) => asked.fields)]
  const distinct = [...new Map(fields.map(each => [`${each.as} ${each.name}`, each])).values()]
  const condition = or(
    erasures.map(({ erasure, asked }) => {
      const exempt = heldFrom(erasure, holds)
      return and([within(erasure), asked.test, which === 'held' ? exempt : not(exempt)])
    }),
  )
  const scan = { kind: 'scan', groups: null, from: null, to: null, fields: distinct } as const
  return {
    kind: 'project',
    input: { kind: 'filter', input: scan, condition },
    columns: [{ name: '@ptr', value: field('@ptr') }],
  }
}

/** What an erasure leaves alone: once it has ended, what was held then and is held now. */
function heldFrom(erasure: Erasure, holds: readonly LegalHold[]): Expr {
  const now = or(holds.map(within))
  return erasure.holds === undefined ? now : and([now, or(erasure.holds.map(within))])
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
  if (globs.includes('*')) return literal(true)
  const written = globs.map(glob =>
    [...glob].map(char => (char === '*' ? '.*' : char === '?' ? '.' : escaped(char))).join(''),
  )
  return { kind: 'regex', text: field('@source.log'), regex: `(?s)\\A(?:${written.join('|')})\\z` }
}

function escaped(char: string): string {
  return char.replace(/[\\^$.|()[\]{}+]/, '\\$&')
}
