/**
 * Limits go below steps that give one row for each of theirs, in the same order, so that columns are computed for the rows of
 * the answer alone; two limits are the smaller one.
 *
 *     %2 = EXTEND %1 [host = …]        %2 = LIMIT %1 20
 *     %3 = LIMIT %2 20            →    %3 = EXTEND %2 [host = …]
 */
import type { Plan } from '../node.js'

export function pushLimits(plan: Plan): Plan {
  if (plan.kind !== 'limit') return plan
  const { input } = plan
  if (input.kind === 'limit') return { ...input, count: Math.min(plan.count, input.count), any: plan.any && input.any }
  const isOneToOne = input.kind === 'extend' || (input.kind === 'parse' && !input.everyMatch)
  return isOneToOne ? { ...input, input: { ...plan, input: input.input } } : plan
}
