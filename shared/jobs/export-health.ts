import { emfMembers } from '../metrics/emf.js'
import { healthNamespace } from '../pipeline/health.js'
import type { ExportsReport } from './run-exports.js'

/** A run's health metrics as members of its one log line. */
export function exportMembers(report: ExportsReport, stack: string, timestamp: number): Record<string, unknown> {
  const metrics = {
    ExportCompleted: report.completed,
    ExportFailed: report.failed,
    ExportTroubles: report.troubles,
    ExportLanded: report.landed,
    ExportUnreadable: report.unreadable,
    ExportFiles: report.lakeFiles,
  }
  const counts = Object.entries(metrics).map(([name, value]) => ({ name, value, unit: 'Count' }))
  return { ...emfMembers(healthNamespace, { Stack: stack }, counts, timestamp), export: report }
}
