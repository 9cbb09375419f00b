import type { Plan, Scan } from '../node.js'

/** The scan below filters, whose rows a filter above sees as they are; null where another step is between. */
export function scanBelow(plan: Plan): Scan | null {
  if (plan.kind === 'scan') return plan
  return plan.kind === 'filter' ? scanBelow(plan.input) : null
}

/** The same filters on another scan. */
export function withScan(plan: Plan, scan: Scan): Plan {
  return plan.kind === 'filter' ? { ...plan, input: withScan(plan.input, scan) } : scan
}
