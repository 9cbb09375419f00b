import { valuesOf } from '../../enrich/format.js'
import { flattenJson } from '../../enrich/json-fragment.js'
import { createLine } from '../../enrich/line.js'
import { createRecogniser } from '../../enrich/recognise.js'

/** What is looked at of an event. */
export interface SampledEvent {
  readonly logGroup: string
  readonly logStream: string
  readonly message: string
}

export interface FieldFound {
  readonly name: string
  readonly type: 'number' | 'string'
  /** Share of the events that have it, 0 to 100, one decimal. */
  readonly percentage: number
  /** The most frequent values of the sample, most frequent first. */
  readonly top: readonly { readonly value: string; readonly events: number }[]
}

/** CloudWatch's own limit for a log group (User Guide, "Supported logs and discovered fields"). */
const maxFields = 1000
/** Different values that are counted of a field; those that come later count as none of them. */
const maxValues = 1000
const topValues = 5
/** A value is told apart by its start. */
const maxValueLength = 200

interface Counted {
  events: number
  /** Events whose value is a number. */
  numbers: number
  /** Events whose value says that there is none. */
  absent: number
  readonly values: Map<string, number>
}

/**
 * The fields that events have, as ingest reads them out of the lines: columns of known formats, members of JSON by path,
 * arrays by position. Those that most events have come first.
 */
export function discoverFields(events: readonly SampledEvent[]): readonly FieldFound[] {
  const recognisers = new Map<string, ReturnType<typeof createRecogniser>>()
  const found = new Map<string, Counted>()
  for (const { logGroup, logStream, message } of events) {
    const recognise = recognisers.get(logGroup) ?? createRecogniser(null, logGroup)
    recognisers.set(logGroup, recognise)
    const line = createLine(message, logGroup, logStream)
    const { fields } = recognise(line).parsed
    const values = fields === null ? [] : valuesOf(fields)
    const seen = new Set<string>()
    fields?.keys.forEach((key, index) => {
      count(found, seen, key, values[index] ?? null)
    })
    if (fields !== null || line.json() === undefined) continue
    const json = flattenJson(message, message.indexOf('{'))
    json?.keys.forEach((key, index) => {
      count(found, seen, key, json.values[index] ?? null)
    })
  }
  return [...found]
    .map(([name, counted]) => fieldOf(name, counted, events.length))
    .sort((a, b) => b.percentage - a.percentage || (a.name < b.name ? -1 : 1))
}

function count(found: Map<string, Counted>, seen: Set<string>, name: string, value: string | null): void {
  if (value === null || seen.has(name)) return
  const counted = found.get(name)
  if (counted === undefined && found.size === maxFields) return
  const { values, ...rest } = counted ?? { events: 0, numbers: 0, absent: 0, values: new Map<string, number>() }
  const key = value.slice(0, maxValueLength)
  if (values.has(key) || values.size < maxValues) values.set(key, (values.get(key) ?? 0) + 1)
  const isNumber = /^[+-]?\d{1,300}(?:\.\d{1,300})?(?:[eE][+-]?\d{1,3})?$/.test(value)
  const numbers = rest.numbers + (isNumber ? 1 : 0)
  // Flow logs and web servers write a hyphen where there is no value.
  const absent = rest.absent + (value === '-' ? 1 : 0)
  found.set(name, { events: rest.events + 1, numbers, absent, values })
  seen.add(name)
}

function fieldOf(name: string, { events, numbers, absent, values }: Counted, total: number): FieldFound {
  const top = [...values]
    .sort((a, b) => b[1] - a[1])
    .slice(0, topValues)
    .map(([value, count]) => ({ value, events: count }))
  return {
    name,
    type: numbers > 0 && numbers + absent === events ? 'number' : 'string',
    percentage: Math.round((events / total) * 1000) / 10,
    top,
  }
}
