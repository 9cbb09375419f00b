/**
 * What filters ask of the time of events, told to the scan, which leaves out files and row groups by it.
 *
 *     %1 = SCAN [@timestamp, …]
 *     %2 = FILTER %1 @timestamp >= 1768478400000 and …   →   %1 = SCAN time >= 1768478400000 [@timestamp, …]
 *                                                            %2 = FILTER %1 …
 */
import { and, type Compare, type Expr } from '../expr.js'
import type { Plan, Scan } from '../node.js'
import { conjuncts } from './push-filters.js'
import { scanBelow, withScan } from './scan-below.js'

/** Years 1 to 9999: what every engine can hold as a timestamp. */
const [earliest, latest] = [-62_135_596_800_000, 253_402_300_799_999]

export function scanTime(plan: Plan): Plan {
  if (plan.kind !== 'filter') return plan
  const scan = scanBelow(plan)
  if (scan === null) return plan
  const bounds: Pick<Scan, 'from' | 'to'>[] = []
  const rest = conjuncts(plan.condition).filter(condition => {
    const bound = boundOf(condition)
    if (bound !== null) bounds.push(bound)
    return bound === null
  })
  if (bounds.length === 0) return plan
  const from = bounds.reduce((most, bound) => later(most, bound.from), scan.from)
  const to = bounds.reduce((least, bound) => earlier(least, bound.to), scan.to)
  const input = withScan(plan.input, { ...scan, from, to })
  return rest.length === 0 ? input : { ...plan, input, condition: and(rest) }
}

/** Times are whole milliseconds, and every event has one: the bound says all that the condition does. */
function boundOf(condition: Expr): Pick<Scan, 'from' | 'to'> | null {
  if (condition.kind !== 'compare') return null
  const { operator, left, right } = fieldFirst(condition)
  if (left.kind !== 'field' || left.name !== '@timestamp' || right.kind !== 'literal') return null
  const { value } = right
  if (typeof value !== 'number' || !(value > earliest && value < latest)) return null
  if (operator === '=') return Number.isInteger(value) ? { from: value, to: value } : null
  if (operator === '>' || operator === '>=') {
    return { from: operator === '>' ? Math.floor(value) + 1 : Math.ceil(value), to: null }
  }
  return { from: null, to: operator === '<' ? Math.ceil(value) - 1 : Math.floor(value) }
}

const mirrored = { '=': '=', '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as const

function fieldFirst(compare: Compare): Compare {
  const { left, right, operator } = compare
  return left.kind === 'literal' ? { ...compare, left: right, right: left, operator: mirrored[operator] } : compare
}

function later(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.max(one, other)
}

function earlier(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.min(one, other)
}
