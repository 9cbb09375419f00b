import type { Plan, Project } from '../node.js'
import { rewrite } from '../walk.js'
import { foldConstants } from './fold-constants.js'
import { pruneColumns } from './prune-columns.js'
import { pushFilters } from './push-filters.js'
import { pushLimits } from './push-limits.js'
import { scanGroups } from './scan-groups.js'
import { scanOrder } from './scan-order.js'
import { scanTime } from './scan-time.js'

/** Each gives the step itself where it has nothing to change. */
const rules: Readonly<Record<string, (step: Plan) => Plan>> = {
  'fold-constants': foldConstants,
  'push-filters': pushFilters,
  'scan-time': scanTime,
  'scan-groups': scanGroups,
  'scan-order': scanOrder,
  'push-limits': pushLimits,
  'prune-columns': pruneColumns,
}

/** A plan of ten steps needs three rounds; rules that undid each other would need more than any. */
const maxRounds = 20

/** The same answer by a cheaper plan, and the rules that changed something, in the order in which they first did. */
export function optimize(plan: Project): { readonly plan: Project; readonly fired: readonly string[] } {
  const fired = new Set<string>()
  let current: Plan = plan
  for (let round = 0; round < maxRounds; round++) {
    const before: Plan = current
    for (const [name, rule] of Object.entries(rules)) {
      const changed: Plan = rewrite(current, rule)
      if (changed !== current) fired.add(name)
      current = changed
    }
    if (current === before) break
  }
  return { plan: current as Project, fired: [...fired] }
}
