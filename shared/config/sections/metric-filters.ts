import * as z from 'zod'
import { maxPatternLength, parsePattern, regexesOf } from '../../filter-pattern/index.js'
import { coversGlob } from '../glob.js'
import { globsSchema } from './globs.js'
import { valueHint } from './metric-reference.js'
import { numberOf } from './metric-transformation.js'
import { mapping, reject, section } from './section.js'

/** The rules and limits are those of PutMetricFilter (Amazon CloudWatch Logs API reference and user guide). */
const maxFilterName = 512
const maxName = 255
const maxFiltersPerGroup = 100
const maxRegexPatternsPerGroup = 5

/** StandardUnit. */
const rates = ['Bytes', 'Bits'].flatMap(unit => ['', 'Kilo', 'Mega', 'Giga', 'Tera'].map(by => scaled(by, unit)))
export const units = [
  'None',
  'Count',
  'Percent',
  'Seconds',
  'Milliseconds',
  'Microseconds',
  ...rates,
  ...rates.map(unit => `${unit}/Second`),
  'Count/Second',
] as const

function scaled(by: string, unit: string): string {
  return by === '' ? unit : by + unit.toLowerCase()
}

const code = 'config/bad-metric-filter'

const filterName = z.string().superRefine((name, context) => {
  const fault = /[:*]/.exec(name)?.[0]
  if (name === '') reject(context, { code, message: 'the name is empty', hint: 'alarms refer to filters by name' })
  else if (fault !== undefined) {
    reject(context, {
      code,
      message: `a filter's name cannot hold ${fault}`,
      hint: 'CloudWatch takes any name without : and *',
    })
  } else checkLength(context, name, maxFilterName, "a filter's name")
})

const pattern = z.string().superRefine((text, context) => {
  const parsed = parsePattern(text)
  if (!('diagnostics' in parsed)) return
  for (const { code, message, hint, span } of parsed.diagnostics) {
    reject(context, { code, message, hint: hint ?? 'docs/filter-patterns.md describes the language', span })
  }
})

const metricName = z.string().superRefine((name, context) => {
  checkMetricText(context, name, "a metric's name")
  if (name === '_aws' || name.endsWith('.ingested')) {
    const message = `the name ${name} is taken`
    reject(context, { code, message, hint: '_aws and names that end in .ingested are used beside the metric itself' })
  }
})

const namespace = z.string().superRefine((name, context) => {
  checkMetricText(context, name, 'a namespace')
  if (/^(?:AWS\/|Tailrace$)/.test(name)) {
    const hint = name === 'Tailrace' ? "Tailrace's own metrics are there" : 'AWS/ is for the services of AWS'
    reject(context, { code, message: `the namespace ${name} is taken`, hint })
  }
})

function checkMetricText(context: z.RefinementCtx, name: string, what: string): void {
  const fault = /[:*$]|[^ -~]/u.exec(name)?.[0]
  if (name.trim() === '') reject(context, { code, message: `${what} is empty`, hint: 'for example Orders' })
  else if (fault !== undefined) {
    const hint = 'printable ASCII characters without : * and $'
    reject(context, { code, message: `${what} cannot hold ${JSON.stringify(fault)}`, hint })
  } else checkLength(context, name, maxName, what)
}

function checkLength(context: z.RefinementCtx, text: string, limit: number, what: string): void {
  if (text.length <= limit) return
  reject(context, {
    code,
    message: `${what} can have ${limit} characters, this one has ${text.length}`,
    hint: 'shorten it',
  })
}

const filterSchema = mapping({
  name: filterName.meta({ description: 'Alarms refer to the filter by this name.' }),
  groups: globsSchema.meta({ description: 'Globs over the whole name of the log group: * any characters, ? one.' }),
  exclude: globsSchema.optional().meta({ description: 'Groups of these names are not looked at.' }),
  pattern: pattern.meta({ description: 'A CloudWatch Logs filter pattern.', maxLength: maxPatternLength }),
  metric: metricName.meta({ description: "The metric's name.", maxLength: maxName }),
  namespace: namespace.meta({ description: "The metric's namespace.", maxLength: maxName }),
  value: z
    .union([z.number(), z.string()], { error: `expected ${valueHint}` })
    .optional()
    .meta({ description: 'What an event that matches adds: a number, $.selector or $field. 1 when left out.' }),
  default: z
    .number()
    .optional()
    .meta({ description: 'Stands for minutes in which events came in and none matched. Not with dimensions.' }),
  unit: z
    .enum(units, { error: issue => `unknown unit ${JSON.stringify(issue.input)}` })
    .optional()
    .meta({ description: 'None when left out.' }),
  dimensions: z
    .record(z.string(), z.string())
    .optional()
    .meta({ description: 'Up to three: the name and the $.selector or $field of its value.' }),
})

type WrittenFilter = z.output<typeof filterSchema>

/** Metric filters, each about the groups that its globs match. */
export const metricFiltersSection = section({
  key: 'metricFilters',
  schema: z
    .array(filterSchema)
    .prefault([])
    .superRefine(checkAll)
    .meta({ description: 'What is counted in the events, minute by minute, and put to CloudWatch metrics.' }),
  lower: written =>
    written.map(filter => ({
      name: filter.name,
      groups: filter.groups,
      exclude: filter.exclude ?? [],
      pattern: filter.pattern,
      metric: filter.metric,
      namespace: filter.namespace,
      value: typeof filter.value === 'string' ? (numberOf(filter.value) ?? filter.value) : (filter.value ?? 1),
      defaultValue: filter.default ?? null,
      unit: filter.unit ?? 'None',
      dimensions: filter.dimensions ?? {},
    })),
})

function checkAll(filters: readonly WrittenFilter[], context: z.RefinementCtx): void {
  for (const [at, filter] of filters.entries()) {
    if (filters.findIndex(({ name }) => name === filter.name) < at) {
      const message = `two filters have the name ${filter.name}`
      reject(context, { code: 'config/duplicate-name', path: [at, 'name'], message, hint: 'names tell filters apart' })
    }
    const beside = filters.slice(0, at).filter(other => alwaysMeets(filter, other))
    if (beside.length + 1 > maxFiltersPerGroup) {
      const message = `a log group can have ${maxFiltersPerGroup} metric filters, these groups have ${beside.length + 1}`
      reject(context, { code, path: [at, 'groups'], message, hint: 'narrow the globs' })
    }
    const regexes = beside.filter(hasRegex).length + 1
    if (hasRegex(filter) && regexes > maxRegexPatternsPerGroup) {
      const message = `a log group can have ${maxRegexPatternsPerGroup} patterns with regular expressions, these groups have ${regexes}`
      reject(context, { code, path: [at, 'pattern'], message, hint: 'narrow the globs, or use wildcards and terms' })
    }
  }
}

/** Whether the other filter is about every group of one of the filter's globs, as far as the globs side by side tell. */
function alwaysMeets(filter: WrittenFilter, other: WrittenFilter): boolean {
  return (
    filter.groups.some(glob => other.groups.some(wide => coversGlob(wide, glob))) &&
    (other.exclude ?? []).every(left => filter.exclude?.some(wide => coversGlob(wide, left)) ?? false)
  )
}

function hasRegex(filter: WrittenFilter): boolean {
  const parsed = parsePattern(filter.pattern)
  return 'ast' in parsed && regexesOf(parsed.ast).length > 0
}
