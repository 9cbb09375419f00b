import { emfMembers } from '../metrics/emf.js'
import { healthNamespace } from '../pipeline/health.js'
import type { RetainReport } from './retain/run-retain.js'
import type { SubscribeReport } from './subscribe/run-subscribe.js'

/** A run's health metrics as members of its one log line. */
export function subscribeHealth(report: SubscribeReport, stack: string, timestamp: number): Record<string, unknown> {
  const { problems, isDone, ...counts } = report
  const metrics = {
    SubscribeSubscribed: counts.subscribed,
    SubscribeUnsubscribed: counts.unsubscribed,
    SubscribeBlocked: counts.blocked,
    SubscribeFailed: counts.failed,
    SubscribeLeft: counts.left,
  }
  return { ...members(metrics, stack, timestamp), groups: counts.groups, kept: counts.kept, isDone, problems }
}

export function retainHealth(report: RetainReport, stack: string, timestamp: number): Record<string, unknown> {
  const { problems, isDone, groups, skipped, savesDollars } = report
  const metrics = { RetainChanged: report.changed, RetainFailed: report.failed }
  return { ...members(metrics, stack, timestamp), groups, skipped, savesDollars, isDone, problems }
}

function members(metrics: Readonly<Record<string, number>>, stack: string, timestamp: number) {
  const counts = Object.entries(metrics).map(([name, value]) => ({ name, value, unit: 'Count' }))
  return emfMembers(healthNamespace, { Stack: stack }, counts, timestamp)
}
