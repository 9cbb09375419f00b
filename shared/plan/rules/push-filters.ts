/**
 * Filters go below steps that neither take rows away nor make what the filter asks about, so that those steps have fewer
 * rows, and so that a scan sees what is asked of it.
 *
 *     %2 = EXTEND %1 [ms = duration * 1000]        %2 = FILTER %1 level = "ERROR"
 *     %3 = FILTER %2 level = "ERROR" and ms > 5 →  %3 = EXTEND %2 [ms = duration * 1000]
 *                                                  %4 = FILTER %3 ms > 5
 */
import { and, type Expr } from '../expr.js'
import type { Plan } from '../node.js'
import { fieldsIn } from '../walk.js'

export function pushFilters(plan: Plan): Plan {
  if (plan.kind !== 'filter') return plan
  const made = namesMadeBy(plan.input)
  if (made === null) return plan
  const conditions = conjuncts(plan.condition)
  const isFree = (condition: Expr) => fieldsIn(condition).every(({ name }) => !made.includes(name))
  const free = conditions.filter(isFree)
  if (free.length === 0) return plan
  const { input } = plan as { readonly input: Extract<Plan, { input: Plan }> }
  const below: Plan = { ...input, input: { kind: 'filter', input: input.input, condition: and(free) } }
  const rest = conditions.filter(condition => !isFree(condition))
  return rest.length === 0 ? below : { kind: 'filter', input: below, condition: and(rest) }
}

export function conjuncts(condition: Expr): readonly Expr[] {
  return condition.kind === 'and' ? condition.operands.flatMap(conjuncts) : [condition]
}

/** The columns that a step makes; null for one that rows below must reach as they are. */
function namesMadeBy(step: Plan): readonly string[] | null {
  switch (step.kind) {
    case 'extend':
      return step.columns.map(({ name }) => name)
    case 'parse':
      return step.groups.map(({ name }) => name)
    case 'unnest':
      return [step.name]
    case 'sort':
      return []
    default:
      return null
  }
}
