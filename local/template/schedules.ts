import { TemplateUnresolvable } from './errors.js'
import type { Resolver } from './resolver.js'

/** What EventBridge Scheduler invokes, and when. */
export interface Schedule {
  readonly functionArn: string
  /** JSON. */
  readonly input: string
  /** The first time after `afterMs`, ms since the epoch. */
  next(afterMs: number): number
}

/**
 * The enabled schedules of a template. Expressions: `rate(n minutes|hours|days)` and `cron(minute hour * * ? *)` with
 * numbers, in UTC.
 * @throws TemplateUnresolvable for another expression
 */
export function schedulesOf(resolver: Resolver): Schedule[] {
  return resolver.resourcesOf('AWS::Scheduler::Schedule').flatMap(([id, { Properties }]) => {
    const schedule = resolver.resolve(Properties, id) as {
      ScheduleExpression: string
      State?: 'ENABLED' | 'DISABLED'
      Target: { Arn: string; Input?: string }
    }
    if (schedule.State === 'DISABLED') return []
    const { Arn: functionArn, Input: input = '{}' } = schedule.Target
    const next = timesOf(schedule.ScheduleExpression)
    if (next === undefined) throw new TemplateUnresolvable(id, `${schedule.ScheduleExpression} is not known`)
    return [{ functionArn, input, next }]
  })
}

const minute = 60_000
const day = 24 * 60 * minute
const units: Readonly<Record<string, number>> = { minute, hour: 60 * minute, day }

function timesOf(expression: string): Schedule['next'] | undefined {
  const [, count, unit = ''] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? []
  if (count !== undefined) return afterMs => afterMs + Number(count) * units[unit]!
  const [, atMinute, atHour] = /^cron\((\d+) (\d+|\*) \* \* \? \*\)$/.exec(expression) ?? []
  if (atMinute === undefined) return undefined
  const every = atHour === '*' ? 60 * minute : day
  const offset = Number(atMinute) * minute + (atHour === '*' ? 0 : Number(atHour) * 60 * minute)
  return afterMs => Math.floor((afterMs - offset) / every + 1) * every + offset
}
