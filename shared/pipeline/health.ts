import { type EmfMetric, emfMembers } from '../metrics/emf.js'
import { IngestFailed } from './ingest.js'
import type { IngestReport } from './report.js'

/** CloudWatch namespace of everything that Tailrace says about itself. */
export const healthNamespace = 'Tailrace'

/**
 * An invocation's health metrics as members of its one log line: one EMF document, whatever the number of records.
 * @param timestamp ms since the epoch
 */
export function healthMembers(report: IngestReport, stack: string, timestamp: number): Record<string, unknown> {
  const quarantined = Object.values(report.quarantined).reduce((sum, count) => sum + count, 0)
  const redactions = Object.values(report.redactions).reduce((sum, count) => sum + count, 0)
  const metrics = [
    metric('Batches', report.batches),
    metric('Events', report.events),
    metric('BytesIn', report.bytesIn, 'Bytes'),
    metric('BytesOut', report.bytesOut, 'Bytes'),
    metric('Duplicates', report.duplicates),
    metric('ControlMessages', report.controlMessages),
    metric('Quarantined', quarantined),
    metric('Redactions', redactions),
    metric('Refused', report.refused),
    metric('Sampled', report.sampled),
    metric('MetricsCapped', report.metrics.capped),
    metric('MetricsLate', report.metrics.late),
    ...(report.lagMs === null ? [] : [metric('LagMs', report.lagMs, 'Milliseconds')]),
    ...(report.putMs === null ? [] : [metric('PutMs', report.putMs, 'Milliseconds')]),
  ]
  return {
    ...emfMembers(healthNamespace, { Stack: stack }, metrics, timestamp),
    key: report.key,
    created: report.created,
    quarantine: report.quarantined,
    redacted: report.redactions,
  }
}

/** The same of a failed invocation, as far as it came; nothing when it failed before it began. */
export function failureMembers(error: unknown, stack: string, timestamp: number): Record<string, unknown> {
  return error instanceof IngestFailed ? healthMembers(error.report, stack, timestamp) : {}
}

function metric(name: string, value: number, unit = 'Count'): EmfMetric {
  return { name, unit, value }
}
