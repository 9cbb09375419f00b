import { emfMembers } from '../metrics/emf.js'
import { healthNamespace } from '../pipeline/health.js'
import { ReplayFailed, type ReplayReport } from './replay.js'

/** A replay's health metrics as members of its one log line. */
export function replayMembers(report: ReplayReport, stack: string, timestamp: number): Record<string, unknown> {
  const left = Object.values(report.left).reduce((sum, count) => sum + count, 0)
  const metrics = {
    Replayed: report.replayed,
    ReplayLeft: left,
    ReplayFailed: report.failed,
    ReplayEvents: report.events,
  }
  const counts = Object.entries(metrics).map(([name, value]) => ({ name, value, unit: 'Count' }))
  return { ...emfMembers(healthNamespace, { Stack: stack }, counts, timestamp), replay: report }
}

/** The same of a replay that failed, as far as it came. */
export function replayFailureMembers(error: unknown, stack: string, timestamp: number): Record<string, unknown> {
  return error instanceof ReplayFailed ? replayMembers(error.report, stack, timestamp) : {}
}
