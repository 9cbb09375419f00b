import type { FilterSet } from './metric-counts.js'
import { type CompiledFilter, compileMetricFilter, type MetricFilter } from './metric-filter.js'
import { QuietFilters } from './quiet-filters.js'

/**
 * The filters of a log group, compiled: each filter once, when the first of its groups is met, whatever the number of
 * groups. Null for a group that no filter is about.
 */
export function filterSets(
  filtersOf: (logGroup: string) => readonly MetricFilter[],
): (logGroup: string) => FilterSet | null {
  const compiled = new Map<MetricFilter, CompiledFilter>()
  const compileOnce = (filter: MetricFilter) => {
    const known = compiled.get(filter)
    if (known !== undefined) return known
    const fresh = compileMetricFilter(filter)
    compiled.set(filter, fresh)
    return fresh
  }
  return logGroup => {
    const filters = filtersOf(logGroup).map(compileOnce)
    return filters.length === 0 ? null : { filters, quiet: new QuietFilters(filters) }
  }
}
