/**
 * A sort by the order that rows have anyway. A scan gives the newest events first, and steps that keep the order of their
 * rows keep that one.
 *
 *     %2 = SORT %1 @timestamp desc
 *     %3 = LIMIT %2 20               →   %2 = LIMIT %1 20
 */
import type { Plan } from '../node.js'

export function scanOrder(plan: Plan): Plan {
  if (plan.kind !== 'sort') return plan
  const [key, another] = plan.keys
  const isNewestFirst =
    another === undefined && key!.descending && key!.value.kind === 'field' && key!.value.name === '@timestamp'
  return isNewestFirst && isInScanOrder(plan.input) ? plan.input : plan
}

function isInScanOrder(plan: Plan): boolean {
  switch (plan.kind) {
    case 'scan':
      return true
    case 'filter':
    case 'limit':
    case 'dedup':
      return isInScanOrder(plan.input)
    case 'extend':
      return plan.columns.every(({ name }) => name !== '@timestamp') && isInScanOrder(plan.input)
    case 'parse':
      return plan.groups.every(({ name }) => name !== '@timestamp') && isInScanOrder(plan.input)
    default:
      return false
  }
}
