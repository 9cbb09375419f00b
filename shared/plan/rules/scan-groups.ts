/**
 * Log groups that a filter names, told to the scan. The filter stays, since the scan takes each named group of each named
 * account.
 *
 *     %1 = SCAN [@log, …]                                           %1 = SCAN {/app of 123456789012} [@log, …]
 *     %2 = FILTER %1 @log = "123456789012:/app" and status > 499 →  %2 = FILTER %1 @log = "123456789012:/app" and …
 */
import type { Expr } from '../expr.js'
import type { GroupSelection, Plan } from '../node.js'
import { conjuncts } from './push-filters.js'
import { scanBelow, withScan } from './scan-below.js'

export function scanGroups(plan: Plan): Plan {
  if (plan.kind !== 'filter') return plan
  const scan = scanBelow(plan)
  if (scan === null) return plan
  let groups = scan.groups
  for (const condition of conjuncts(plan.condition)) {
    const named = groupsNamed(condition)
    if (named !== null) groups = narrow(groups, named)
  }
  return isSame(groups, scan.groups) ? plan : { ...plan, input: withScan(plan.input, { ...scan, groups }) }
}

interface Named {
  readonly names: readonly string[]
  readonly accounts: readonly string[]
}

/** The only groups that can satisfy a condition; null where it says nothing of groups. */
function groupsNamed(condition: Expr): Named | null {
  if (condition.kind === 'or') {
    const all = condition.operands.map(groupsNamed)
    if (!all.every(named => named !== null)) return null
    const accounts = all.every(named => named.accounts.length > 0) ? all.flatMap(named => named.accounts) : []
    return { names: distinct(all.flatMap(({ names }) => names)), accounts: distinct(accounts) }
  }
  if (condition.kind !== 'compare' || condition.operator !== '=') return null
  const [field, value] =
    condition.left.kind === 'literal' ? [condition.right, condition.left] : [condition.left, condition.right]
  // A text that may be a number is compared by value, and other texts can be equal to it.
  if (field.kind !== 'field' || value.kind !== 'literal' || !/[^\d\s.+eE-]/.test(String(value.value))) return null
  if (typeof value.value !== 'string') return null
  if (field.name === '@source.log') return { names: [value.value], accounts: [] }
  const [, account, name] = field.name === '@log' ? (/^(\d+):([\s\S]*)$/.exec(value.value) ?? []) : []
  return account === undefined ? null : { names: [name!], accounts: [account] }
}

/** What is in both; the selection as it was where nothing is, which no selection can say. */
function narrow(selection: GroupSelection | null, { names, accounts }: Named): GroupSelection | null {
  if (selection === null) return { names, prefixes: [], accounts }
  const isAny = selection.names.length === 0 && selection.prefixes.length === 0
  const both = names.filter(
    name => isAny || selection.names.includes(name) || selection.prefixes.some(prefix => name.startsWith(prefix)),
  )
  const shared = selection.accounts.filter(account => accounts.includes(account))
  const found = accounts.length === 0 ? selection.accounts : selection.accounts.length === 0 ? accounts : shared
  const isNothing = both.length === 0 || (found.length === 0 && accounts.length > 0)
  return isNothing ? selection : { names: both, prefixes: [], accounts: found }
}

function distinct(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)]
}

function isSame(one: GroupSelection | null, other: GroupSelection | null): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
