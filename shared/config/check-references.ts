/** What one section of `pipeline.yml` says about another: alarms about metric filters. */
import { nearest } from '../diagnostics/nearest.js'

export interface WrongReference {
  readonly code: string
  readonly path: readonly (string | number)[]
  readonly message: string
  readonly hint: string
}

/**
 * @param file the text as a value, whatever it holds: what has another shape than it should is passed over here, since
 *   its own section reports it
 */
export function checkReferences(file: unknown): readonly WrongReference[] {
  const filters = new Map<string, readonly string[]>()
  for (const filter of listOf(file, 'metricFilters')) {
    const name = memberOf(filter, 'name')
    if (typeof name === 'string') filters.set(name, Object.keys(Object(memberOf(filter, 'dimensions'))))
  }
  return listOf(file, 'alarms').flatMap((alarm, at) => {
    const filter = memberOf(alarm, 'filter')
    return typeof filter === 'string' ? checkAlarm(filter, memberOf(alarm, 'dimensions'), ['alarms', at], filters) : []
  })
}

function checkAlarm(
  filter: string,
  dimensions: unknown,
  path: readonly (string | number)[],
  filters: ReadonlyMap<string, readonly string[]>,
): readonly WrongReference[] {
  const wanted = filters.get(filter)
  const code = 'config/unknown-reference'
  if (wanted === undefined) {
    const near = nearest(filter, [...filters.keys()])
    const hint = near === undefined ? 'metricFilters lists them' : `did you mean ${JSON.stringify(near)}?`
    return [{ code, path: [...path, 'filter'], message: `there is no metric filter ${JSON.stringify(filter)}`, hint }]
  }
  const given = Object.keys(Object(dimensions))
  if (given.length === wanted.length && wanted.every(name => given.includes(name))) return []
  const message =
    wanted.length === 0
      ? `the filter ${filter} has no dimensions`
      : `the filter ${filter} has the dimensions ${wanted.join(', ')}`
  const hint = wanted.length === 0 ? 'remove dimensions' : 'an alarm watches one value of each of them'
  return [{ code, path: [...path, given.length === 0 ? 'filter' : 'dimensions'], message, hint }]
}

function listOf(file: unknown, key: string): readonly unknown[] {
  const list = memberOf(file, key)
  return Array.isArray(list) ? list : []
}

function memberOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Readonly<Record<string, unknown>>)[key]
    : undefined
}
