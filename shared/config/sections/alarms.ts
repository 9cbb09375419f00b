import * as z from 'zod'
import type { AlarmCondition, AlarmSetting } from '../pipeline.js'
import { mapping, reject, section } from './section.js'

/** The rules and limits are those of PutMetricAlarm (Amazon CloudWatch API reference). */
const maxActions = 5
const secondsPerDay = 86_400
const secondsPerWeek = 7 * secondsPerDay

/** Leaves room for the name of the stack, which comes before it: 255 characters in all. */
const maxAlarmName = 126

const code = 'config/bad-alarm'

const alarmName = z.string().superRefine((name, context) => {
  if (name.trim() === '')
    reject(context, { code, message: 'the name is empty', hint: "the stack's name comes before it" })
  else if (/\p{Cc}/u.test(name)) {
    reject(context, { code, message: 'the name holds a control character', hint: 'letters, digits and signs' })
  } else if (name.length > maxAlarmName) {
    const message = `an alarm's name can have ${maxAlarmName} characters, this one has ${name.length}`
    reject(context, { code, message, hint: 'the rest is for the name of the stack' })
  }
})

const description = z.string().superRefine((text, context) => {
  if (text.length <= 1024) return
  const message = `a description can have 1024 characters, this one has ${text.length}`
  reject(context, { code, message, hint: 'shorten it' })
})

const simpleStatistics = ['SampleCount', 'Average', 'Sum', 'Minimum', 'Maximum']
/** Statistics definitions, CloudWatch user guide: percentiles, trimmed and winsorized means, trimmed counts and sums. */
const percent = '(?:100|\\d{1,2}(?:\\.\\d{1,10})?)'
const extendedStatistic = new RegExp(
  `^(?:(?:p|tm|tc|ts|wm)${percent}|IQM|(?:TM|TC|TS|WM)\\((?:${percent}%)?:(?:${percent}%)?\\)|PR\\((?:-?\\d{1,15}(?:\\.\\d{1,10})?)?:(?:-?\\d{1,15}(?:\\.\\d{1,10})?)?\\))$`,
)

const statistic = z.string().superRefine((written, context) => {
  if (simpleStatistics.includes(written) || extendedStatistic.test(written)) return
  const hint = `${simpleStatistics.join(', ')}, or a percentile and its like: p99, tm90, IQM, PR(100:500)`
  reject(context, { code, message: `unknown statistic ${JSON.stringify(written)}`, hint })
})

const secondsOf: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: secondsPerDay }

const period = z.string().transform((written, context): number => {
  const [, count = '', unit = ''] = /^([1-9][0-9]{0,5})([smhd])$/.exec(written) ?? []
  const seconds = Number(count) * (secondsOf[unit] ?? 0)
  if (seconds > 0 && (seconds % 60 === 0 || [10, 20, 30].includes(seconds))) return seconds
  const message = `expected a period like 1m, 5m or 1h, found ${JSON.stringify(written)}`
  reject(context, { code, message, hint: 'whole minutes, or 10s, 20s or 30s for high-resolution metrics' })
  return 60
})

const threshold = z.string().transform((written, context): AlarmCondition => {
  const [, operator, value] = /^(>=|<=|>|<) ?([+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d{1,3})?)$/.exec(written.trim()) ?? []
  if (operator === undefined) {
    const message = `expected a comparison with a number, found ${JSON.stringify(written)}`
    reject(context, { code, message, hint: 'for example threshold: "> 10"; also >=, < and <=' })
  }
  return { kind: 'threshold', operator: (operator ?? '>') as '>', threshold: Number(value ?? 0) }
})

const bandWidth = z.number().superRefine((width, context) => {
  if (width > 0 && width <= 1000) return
  reject(context, {
    code,
    message: `expected a width above 0, found ${width}`,
    hint: 'in standard deviations: band: 2',
  })
})

const band = z
  .union(
    [
      bandWidth.transform((width): AlarmCondition => ({ kind: 'band', width, side: 'outside' })),
      mapping({
        width: bandWidth.meta({ description: 'In standard deviations.' }),
        side: z.enum(['above', 'below', 'outside'], {
          error: issue => `expected a side of the band, found ${JSON.stringify(issue.input)}`,
        }),
      }).transform(({ width, side }): AlarmCondition => ({ kind: 'band', width, side })),
    ],
    { error: 'expected a width above 0, or { width, side }' },
  )
  .meta({ examples: [2, { width: 2, side: 'above' }] })

interface Evaluation {
  readonly datapoints: number
  readonly periods: number
}

const evaluate = z
  .union([z.number(), z.string()], { error: 'expected a number of periods, or "2 of 3"' })
  .transform((written, context): Evaluation => {
    const [, m, n] = /^([1-9]\d{0,4})(?: of ([1-9]\d{0,4}))?$/.exec(String(written)) ?? []
    const datapoints = Number(m ?? 1)
    const periods = Number(n ?? datapoints)
    if (m === undefined || datapoints > periods) {
      const message = `expected a number of periods or "2 of 3", found ${JSON.stringify(written)}`
      reject(context, { code, message, hint: 'how many of the last periods have to be beyond the threshold' })
    }
    return { datapoints, periods }
  })

const action = z.string().superRefine((arn, context) => {
  if (/^arn:[a-z0-9-]+:[a-z0-9-]+:[^:]*:[^:]*:.+$/.test(arn) && arn.length <= 1024) return
  const hint = 'for example arn:aws:sns:us-east-1:123456789012:oncall'
  reject(context, { code, message: `expected an ARN, found ${JSON.stringify(arn)}`, hint })
})

const actions = z.array(action).superRefine((list, context) => {
  if (list.length <= maxActions) return
  const message = `an alarm can have ${maxActions} actions, this one has ${list.length}`
  reject(context, { code, path: [maxActions], message, hint: 'one topic can have many subscribers' })
})

const dimensions = z.record(z.string(), z.string())

const metric = mapping({
  namespace: z.string(),
  name: z.string(),
  dimensions: dimensions.optional(),
})

const alarmSchema = mapping({
  name: alarmName.meta({ description: "Comes behind the stack's name in the name of the alarm." }),
  description: description.optional(),
  filter: z.string().optional().meta({ description: 'Name of the metric filter whose metric is watched.' }),
  metric: metric.optional().meta({ description: 'Any other metric, in place of filter.' }),
  dimensions: dimensions.optional().meta({ description: "Values of the filter's dimensions, if it has any." }),
  statistic: statistic.meta({ examples: ['Sum', 'p99'] }),
  period: period.optional().meta({ description: '1m when left out.', examples: ['1m', '5m', '1h'] }),
  threshold: threshold.optional().meta({ examples: ['> 10', '<= 0.5'] }),
  band: band
    .optional()
    .meta({ description: 'In place of a threshold: outside of what is expected (anomaly detection).' }),
  evaluate: evaluate.optional().meta({ description: 'M of N periods; 1 when left out.', examples: [3, '2 of 3'] }),
  missing: z
    .enum(['missing', 'ignore', 'breaching', 'notBreaching'], {
      error: issue => `unknown treatment of missing data ${JSON.stringify(issue.input)}`,
    })
    .optional()
    .meta({ description: 'How periods without data count; missing when left out.' }),
  actions: actions.optional().meta({ description: "ARNs; the stack's own topic when left out." }),
  okActions: actions.optional().meta({ description: 'ARNs of what is told when the alarm is over.' }),
}).superRefine(checkPeriods)

type WrittenAlarm = z.output<typeof alarmSchema>

/** Choices between keys are checked in `check-across.ts`. */
function checkPeriods(alarm: WrittenAlarm, context: z.RefinementCtx): void {
  const { periods } = alarm.evaluate ?? { periods: 1 }
  const seconds = alarm.period ?? 60
  if (alarm.filter !== undefined && seconds < 60) {
    const message = 'a metric filter has data for whole minutes'
    reject(context, { code, path: ['period'], message, hint: 'period: 1m' })
  }
  const most = seconds < 3600 ? secondsPerDay : secondsPerWeek
  if (seconds * periods > most) {
    const message = `${periods} periods of ${seconds} s are more than ${most === secondsPerDay ? 'a day' : 'a week'}`
    reject(context, {
      code,
      path: ['evaluate'],
      message,
      hint: 'at most a day, or a week with periods of an hour and more',
    })
  }
}

/** Alarms on metric filters and on other metrics. */
export const alarmsSection = section({
  key: 'alarms',
  schema: z
    .array(alarmSchema)
    .prefault([])
    .superRefine((alarms, context) => {
      for (const [at, { name }] of alarms.entries()) {
        if (alarms.findIndex(alarm => alarm.name === name) === at) continue
        const message = `two alarms have the name ${name}`
        reject(context, { code: 'config/duplicate-name', path: [at, 'name'], message, hint: 'names tell alarms apart' })
      }
    })
    .meta({ description: 'CloudWatch alarms, part of the stack.' }),
  lower: written => written.map(completeAlarm),
})

function completeAlarm(alarm: WrittenAlarm): AlarmSetting {
  const { filter, metric } = alarm
  return {
    name: alarm.name,
    description: alarm.description ?? null,
    source:
      filter === undefined
        ? { namespace: metric!.namespace, name: metric!.name, dimensions: metric!.dimensions ?? {} }
        : { filter, dimensions: alarm.dimensions ?? {} },
    statistic: alarm.statistic,
    periodSeconds: alarm.period ?? 60,
    ...(alarm.evaluate ?? { datapoints: 1, periods: 1 }),
    missing: alarm.missing ?? 'missing',
    condition: (alarm.threshold ?? alarm.band)!,
    actions: alarm.actions ?? null,
    okActions: alarm.okActions ?? [],
  }
}
