/**
 * What one key of `pipeline.yml` asks of another. These checks look at the file as it is written, so that they find what
 * they find whatever else is wrong with it.
 */
import type { Span } from '../diagnostics/diagnostic.js'
import { nearest } from '../diagnostics/nearest.js'
import { findTransformationProblems } from './sections/metric-transformation.js'

export interface AcrossProblem {
  readonly code: string
  readonly path: readonly (string | number)[]
  readonly message: string
  readonly hint: string
  /** Of a text: the part that is wrong. */
  readonly span?: Span
}

type Members = Readonly<Record<string, unknown>>

/** @param file the text as a value, of any shape: what has another shape than it should is left to its schema */
export function checkAcross(file: unknown): readonly AcrossProblem[] {
  const filters = mappingsOf(file, 'metricFilters')
  return [
    ...filters.flatMap(({ value, path }) =>
      findTransformationProblems(value).map(problem => ({
        ...problem,
        code: 'config/bad-metric-filter',
        path: [...path, ...problem.path],
      })),
    ),
    ...mappingsOf(file, 'alarms').flatMap(({ value, path }) => [
      ...checkChoices(value, path),
      ...checkReference(
        value,
        path,
        filters.map(filter => filter.value),
      ),
    ]),
  ]
}

/** Of what an alarm can watch, and by what, exactly one is given. */
function checkChoices(alarm: Members, path: AcrossProblem['path']): readonly AcrossProblem[] {
  const code = 'config/bad-alarm'
  const found: AcrossProblem[] = []
  if ('filter' in alarm === 'metric' in alarm) {
    const message = 'filter' in alarm ? 'filter and metric exclude each other' : 'an alarm needs a filter or a metric'
    found.push({ code, path, message, hint: 'filter names a metric filter of this file, metric any other metric' })
  }
  if ('threshold' in alarm === 'band' in alarm) {
    const message = 'band' in alarm ? 'threshold and band exclude each other' : 'an alarm needs a threshold or a band'
    found.push({ code, path, message, hint: 'for example threshold: "> 10", or band: 2' })
  }
  if ('metric' in alarm && 'dimensions' in alarm) {
    const message = 'the dimensions of another metric are part of it'
    found.push({ code, path: [...path, 'dimensions'], message, hint: 'metric: { namespace, name, dimensions }' })
  }
  return found
}

/** An alarm on a metric filter names one that is there, and a value for each of its dimensions. */
function checkReference(
  alarm: Members,
  path: AcrossProblem['path'],
  filters: readonly Members[],
): readonly AcrossProblem[] {
  const code = 'config/unknown-reference'
  const { filter: wanted } = alarm
  if (typeof wanted !== 'string') return []
  const filter = filters.find(({ name }) => name === wanted)
  if (filter === undefined) {
    const near = nearest(
      wanted,
      filters.map(({ name }) => String(name)),
    )
    const hint = near === undefined ? 'metricFilters lists them' : `did you mean ${JSON.stringify(near)}?`
    return [{ code, path: [...path, 'filter'], message: `there is no metric filter ${JSON.stringify(wanted)}`, hint }]
  }
  const names = Object.keys(Object(filter.dimensions))
  const given = Object.keys(Object(alarm.dimensions))
  if (given.length === names.length && names.every(name => given.includes(name))) return []
  const has = names.length === 0 ? 'no dimensions' : `the dimensions ${names.join(', ')}`
  const hint = names.length === 0 ? 'remove dimensions' : 'an alarm watches one value of each of them'
  const at = given.length === 0 ? 'filter' : 'dimensions'
  return [{ code, path: [...path, at], message: `the filter ${wanted} has ${has}`, hint }]
}

interface Placed {
  readonly value: Members
  readonly path: readonly [string, number]
}

/** The mappings in the list under a key of the file. */
function mappingsOf(file: unknown, key: string): readonly Placed[] {
  const list = isMapping(file) && Object.hasOwn(file, key) ? file[key] : []
  if (!Array.isArray(list)) return []
  return list.flatMap((value, at) => (isMapping(value) ? [{ value, path: [key, at] as const }] : []))
}

function isMapping(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
