import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { LambdaFunction } from '../../local/lambda/lambda-function.js'
import { startScheduler } from '../../local/scheduler.js'
import { TemplateUnresolvable } from '../../local/template/errors.js'
import { templateResolver } from '../../local/template/resolver.js'
import { schedulesOf } from '../../local/template/schedules.js'

const minute = 60_000
const noon = Date.UTC(2026, 0, 15, 12)
const stack = { name: 'tailrace-test', region: 'us-east-1', accountId: '123456789012' }

function schedules(...expressions: readonly string[]) {
  const resources = expressions.map((ScheduleExpression, index) => {
    const Target = { Arn: `arn:${index}`, Input: `{"index":${index}}` }
    return [`Schedule${index}`, { Type: 'AWS::Scheduler::Schedule', Properties: { ScheduleExpression, Target } }]
  })
  return schedulesOf(templateResolver({ Resources: Object.fromEntries(resources) }, stack))
}

describe('schedules of a template', () => {
  it('say when they are due next', () => {
    const due = schedules('rate(1 minute)', 'rate(6 hours)', 'cron(30 3 * * ? *)', 'cron(15 * * * ? *)').map(each =>
      new Date(each.next(noon)).toISOString(),
    )
    expect(due).toEqual([
      '2026-01-15T12:01:00.000Z',
      '2026-01-15T18:00:00.000Z',
      '2026-01-16T03:30:00.000Z',
      '2026-01-15T12:15:00.000Z',
    ])
    const [daily] = schedules('cron(0 12 * * ? *)')
    expect(daily!.next(noon)).toBe(noon + 24 * 60 * minute)
  })

  it('must be of a kind that is known', () => {
    expect(() => schedules('cron(0 12 ? * MON *)')).toThrow(TemplateUnresolvable)
  })
})

describe('the scheduler', () => {
  beforeEach(() => vi.useFakeTimers({ now: noon }))
  afterEach(() => vi.useRealTimers())

  it('invokes functions when they are due, until it is stopped', () => {
    const invoked: string[] = []
    const lambda = {
      definition: { arn: 'arn:0' },
      enqueue: (payload: Uint8Array) => invoked.push(`${Date.now() - noon} ${Buffer.from(payload)}`),
    } as unknown as LambdaFunction
    const scheduler = startScheduler(schedules('rate(1 minute)', 'rate(1 minute)'), new Map([['a', lambda]]), Date.now)
    vi.advanceTimersByTime(2.5 * minute)
    expect(invoked).toEqual(['60000 {"index":0}', '120000 {"index":0}'])
    scheduler.stop()
    vi.advanceTimersByTime(5 * minute)
    expect(invoked).toHaveLength(2)
  })
})
