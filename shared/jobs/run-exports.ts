/** All that `exports` of `pipeline.yml` asks for, in one run: the queue of log groups, imports, and files of the lake. */
import { matchSampled } from '../config/match.js'
import type { LakeExportSetting, LogExportSetting, PipelineConfig } from '../config/pipeline.js'
import type { QueryEngine } from '../engine/query-engine.js'
import type { Catalog } from '../iceberg/catalog.js'
import type { ObjectStore } from '../store/object-store.js'
import type { FileUpload } from '../store/s3-upload.js'
import { createImport, type Import } from './create-import.js'
import type { ExportLogsApi } from './export-operations.js'
import { type ExportRunReport, emptyExportReport, runExportQueue } from './export-queue.js'
import { type FinishedExport, marksForAgain, openExportState } from './export-state.js'
import { streamNames } from './export-streams.js'
import { bucketTarget } from './export-targets.js'
import { heldInLake } from './held-events.js'
import { isConsumedBy } from './is-consumed.js'
import type { LakeExportDependencies } from './lake-export.js'
import { type Lease, takeLease } from './lease.js'
import { recordRedactions } from './redactions.js'
import { runLakeExports } from './scheduled-lake-exports.js'
import { settleBackfill } from './settle-backfill.js'

export interface OpenEngine extends Pick<LakeExportDependencies, 'toParquet'> {
  readonly engine: Pick<QueryEngine, 'run'>
  close(): void
}

export interface ExportsDependencies {
  readonly pipeline: PipelineConfig
  readonly logs: ExportLogsApi
  /** The main bucket, below its root. */
  readonly store: ObjectStore
  readonly raw: ObjectStore
  /** Files into the main bucket, below its root; in one piece without. */
  readonly upload?: FileUpload
  readonly catalog: Pick<Catalog, 'load'>
  readonly bucket: string
  readonly root: string
  readonly stack: string
  readonly region: string
  readonly scratch: string
  readonly now: () => number
  readonly sleep: (ms: number) => Promise<void>
  /** Called when an engine is needed, at most once. */
  readonly openEngine: () => Promise<OpenEngine>
}

export interface ExportsReport extends ExportRunReport {
  /** Rows that imports have landed, and events that the lake had. */
  landed: number
  known: number
  /** Exported files that cannot be read. */
  unreadable: number
  lakeFiles: number
  /** Notes of missed events that went, since the events are landed. */
  settled: number
}

export interface ExportsRun {
  readonly attemptId: string
  readonly isTimeUp: () => boolean
  readonly onProgress?: (message: string) => void
  /** Export again what imports have left out. */
  readonly isAgain?: boolean
}

const leaseMs = 20 * 60_000

/** @throws LeaseHeld when another run is under way, and what the stores and CloudWatch Logs throw */
export async function runExports(run: ExportsRun, deps: ExportsDependencies): Promise<ExportsReport> {
  const { pipeline, store, now } = deps
  // Also where nothing is exported yet: a later import has to know the rules of today.
  await recordRedactions(store, pipeline)
  if (pipeline.exports.length === 0) return emptyExportsReport()
  const lease = await takeLease(store, { job: 'export', holder: run.attemptId, lastsMs: leaseMs, now })
  let opened: Promise<OpenEngine> | undefined
  const open = () => {
    opened ??= deps.openEngine()
    return opened
  }
  const report = emptyExportsReport()
  try {
    const rules = pipeline.exports.filter((rule): rule is LogExportSetting => rule.source === 'cloudwatch')
    if (rules.length > 0) Object.assign(report, await runQueue(rules, run, deps, report, open, lease))
    const lakeRules = pipeline.exports.filter((rule): rule is LakeExportSetting => rule.source === 'lake')
    if (lakeRules.length > 0 && !run.isTimeUp()) {
      const { engine, toParquet } = await open()
      const targetOf = (folder: string) => bucketTarget(store, folder, deps.upload)
      const rest = { state: store, scratch: deps.scratch, now, isTimeUp: run.isTimeUp, keepLease: () => lease.keep() }
      report.lakeFiles = (await runLakeExports(lakeRules, { engine, toParquet, targetOf, ...rest })).length
    }
    return report
  } finally {
    if (opened !== undefined) (await opened.catch(() => undefined))?.close()
    await lease.release()
  }
}

export function emptyExportsReport(): ExportsReport {
  return { ...emptyExportReport(), landed: 0, known: 0, unreadable: 0, lakeFiles: 0, settled: 0 }
}

async function runQueue(
  rules: readonly LogExportSetting[],
  run: ExportsRun,
  deps: ExportsDependencies,
  report: ExportsReport,
  open: () => Promise<OpenEngine>,
  lease: Lease,
): Promise<ExportRunReport> {
  let created: Promise<Import> | undefined
  const importFinished = async (finished: FinishedExport) => {
    created ??= open().then(({ engine }) => createImportOf(deps, engine))
    const { group, account, taskId, prefix, from, to } = finished
    const range = { from, to: to - 1 }
    // Keys of the store are below its root; destinations of tasks are not.
    const folder = `${prefix.slice(deps.root.length)}/${taskId}/`
    const streams = streamNames({ logGroup: group, range, describeLogStreams: deps.logs.describeLogStreams })
    const source = { prefix: folder, account, logGroup: group, range }
    const isTimeUp = () => run.isTimeUp() || lease.isDue()
    const step = async () => {
      await lease.keep()
      const options = { attemptId: run.attemptId, isTimeUp }
      return (await created!)(source, streams, `state/exports/imports/${taskId}.json`, options)
    }
    let imported = await step()
    while (!imported.isComplete && !run.isTimeUp()) imported = await step()
    if (!imported.isComplete) return null
    report.landed += imported.landed
    report.known += imported.known
    report.unreadable += imported.unreadable.length
    return { files: imported.unreadable.length, sampledOut: imported.sampledOut }
  }
  const sleep = async (ms: number) => {
    await lease.keep()
    await deps.sleep(ms)
  }
  const { logs: api, store: state } = deps
  if (run.isAgain === true) {
    const queue = await openExportState(state)
    await queue.save(marksForAgain(queue.value, matchSampled(deps.pipeline)))
  }
  const done = await runExportQueue({ ...run, rules }, { ...deps, api, state, sleep, importFinished })
  report.settled = await settleBackfill(rules, (await openExportState(state)).value, state)
  return done
}

function createImportOf(deps: ExportsDependencies, engine: Pick<QueryEngine, 'run'>): Promise<Import> {
  const { pipeline, store, raw, stack, region, now, sleep, scratch, catalog } = deps
  return createImport(pipeline, {
    store,
    raw,
    source: store,
    isConsumed: isConsumedBy(catalog, store, now),
    held: heldInLake(engine),
    scratch,
    stack,
    region,
    now,
    sleep,
  })
}
