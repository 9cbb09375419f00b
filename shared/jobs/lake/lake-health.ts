/** What commit and compact say of a run: an EMF document as members of the one log line. */
import type { CommitReport } from '../../lake/commit.js'
import type { CompactReport } from '../../lake/compact.js'
import { type EmfMetric, emfMembers } from '../../metrics/emf.js'
import { healthNamespace } from '../../pipeline/health.js'

/** @param timestamp ms since the epoch */
export function commitHealth(report: CommitReport, stack: string, timestamp: number): Record<string, unknown> {
  const { setAside, ...counts } = report
  const metrics: EmfMetric[] = [
    { name: 'CommitObjects', unit: 'Count', value: report.objects },
    { name: 'CommitRows', unit: 'Count', value: report.rows },
    { name: 'CommitDuplicates', unit: 'Count', value: report.duplicates },
    { name: 'CommitBytesOut', unit: 'Bytes', value: report.bytesOut },
    { name: 'CommitConflicts', unit: 'Count', value: report.conflicts },
    { name: 'LandingObjects', unit: 'Count', value: report.waiting },
    { name: 'LandingOldestMs', unit: 'Milliseconds', value: report.oldestMs ?? 0 },
    { name: 'SetAside', unit: 'Count', value: setAside.length },
  ]
  const aside = setAside.slice(0, shown).map(({ key, reason }) => ({ key, reason }))
  return { ...emfMembers(healthNamespace, { Stack: stack }, metrics, timestamp), ...counts, setAside: aside }
}

/** Of the objects that are set aside, of which the rest stands in the list itself, and of files that cannot be merged. */
const shown = 10

export function compactHealth(report: CompactReport, stack: string, timestamp: number): Record<string, unknown> {
  const { rewrites, unmerged, ...counts } = report
  const total = (value: (rewrite: CompactReport['rewrites'][number]) => number) =>
    rewrites.reduce((sum, rewrite) => sum + value(rewrite), 0)
  const metrics: EmfMetric[] = [
    { name: 'CompactFilesIn', unit: 'Count', value: total(({ removed }) => removed) },
    { name: 'CompactFilesOut', unit: 'Count', value: total(({ added }) => added) },
    { name: 'CompactBytesOut', unit: 'Bytes', value: total(({ addedBytes }) => addedBytes) },
    { name: 'CompactPostponed', unit: 'Count', value: report.postponed },
    { name: 'CompactUnmerged', unit: 'Count', value: unmerged.length },
    { name: 'ExpiredRows', unit: 'Count', value: report.expiredRows },
  ]
  const emf = emfMembers(healthNamespace, { Stack: stack }, metrics, timestamp)
  return { ...emf, ...counts, rewrites: rewrites.length, unmerged: unmerged.slice(0, shown) }
}
