/** An account at work on a clock of its own: the real use cases over stores and a catalog that count. */
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PipelineConfig } from '../../shared/config/pipeline.js'
import { glueCatalog } from '../../shared/iceberg/catalogs/glue.js'
import { publishedTable } from '../../shared/iceberg/published-table.js'
import { lakeDependencies } from '../../shared/jobs/lake/lake-dependencies.js'
import { commitHealth, compactHealth } from '../../shared/jobs/lake/lake-health.js'
import { type CommitReport, commitLanding } from '../../shared/lake/commit.js'
import type { CompactDependencies } from '../../shared/lake/compact.js'
import { type CompactReport, compact } from '../../shared/lake/compact.js'
import { settledCatalog } from '../../shared/lake/settled-catalog.js'
import { createIngest } from '../../shared/pipeline/create-ingest.js'
import { healthMembers } from '../../shared/pipeline/health.js'
import type { IngestReport } from '../../shared/pipeline/report.js'
import { memoryStore } from '../../shared/store/memory.js'
import { memoryGlue } from '../iceberg/memory-glue.js'
import { countingGlue, countingStore, difference, noRequests, type Requests } from './counting.js'

/** What one run of a function cost. */
export interface Run<Report> {
  readonly report: Report
  readonly requests: Requests
  readonly cpuMs: number
  /** Of the lines that the function and Lambda's runtime write. */
  readonly logBytes: number
}

export interface Account {
  /** ms */
  clock: number
  ingest(event: unknown): Promise<Run<IngestReport>>
  commit(): Promise<Run<CommitReport>>
  compact(): Promise<Run<CompactReport>>
  /** Bytes below a prefix. */
  stored(prefix: string): Promise<number>
  close(): Promise<void>
}

const stack = 'tailrace-prod'
/** START, END and REPORT of an invocation, as they stand in a function's log. */
const platformBytes = 330
/** What the logger puts around a line's members: level, message, time, service, request id. */
const loggerBytes = 230

/** @param scale thresholds in bytes are divided by it, for traffic whose bytes are */
export async function openAccount(pipeline: PipelineConfig, start: number, scale = 1): Promise<Account> {
  const folder = await mkdtemp(join(tmpdir(), 'tailrace-cost-'))
  const requests = noRequests()
  const account = { clock: start }
  const now = () => account.clock
  const objects = memoryStore({ now: () => new Date(account.clock) })
  const store = countingStore(objects, requests)
  const printed = { bytes: 0 }
  const place = { region: 'us-east-1', database: 'tailrace_prod', table: 'logs', location: 's3://lake/table' }
  const files = { store, location: place.location }
  const options = { newId: randomUUID, sleep: async () => undefined }
  const inGlue = glueCatalog(countingGlue(memoryGlue(), requests), files, { ...place, ...options })
  const published = () => publishedTable(files)
  const catalog = settledCatalog({ store, glue: place, catalog: inGlue, published, isReader: false })
  const ingest = await createIngest(pipeline, {
    store,
    raw: countingStore(memoryStore({ now: () => new Date(account.clock) }), requests),
    print: line => {
      printed.bytes += line.length + 1
    },
    stack,
    region: 'us-east-1',
    now,
    sleep: async () => undefined,
  })
  const here = { files, catalog, folder: join(folder, 'work'), memoryMb: 2_048, threads: 2, now, newId: randomUUID }
  const given = await lakeDependencies(pipeline, here)
  const { commitBytes, fileBytes, maxMergeBytes } = given.settings
  const scaled = {
    commitBytes: commitBytes / scale,
    fileBytes: fileBytes / scale,
    maxMergeBytes: maxMergeBytes / scale,
  }
  const deps: CompactDependencies = { ...given, settings: { ...given.settings, ...scaled } }

  async function run<Report>(work: () => Promise<Report>, health: (report: Report) => unknown): Promise<Run<Report>> {
    const before = { ...requests }
    printed.bytes = 0
    const began = process.cpuUsage()
    const report = await work()
    const { user, system } = process.cpuUsage(began)
    const logBytes = JSON.stringify(health(report)).length + loggerBytes + platformBytes + printed.bytes
    return { report, requests: difference(requests, before), cpuMs: (user + system) / 1_000, logBytes }
  }

  let invocations = 0
  return Object.assign(account, {
    ingest: (event: unknown) =>
      run(
        () => ingest(event, { attemptId: `${invocations++}/${randomUUID()}`, signal: new AbortController().signal }),
        report => healthMembers(report, stack, now()),
      ),
    commit: () =>
      run(
        () => commitLanding(deps),
        report => commitHealth(report, stack, now()),
      ),
    compact: () =>
      run(
        () => compact(deps),
        report => compactHealth(report, stack, now()),
      ),
    async stored(prefix: string) {
      let bytes = 0
      for await (const { size } of objects.list(prefix)) bytes += size
      return bytes
    },
    close: () => rm(folder, { recursive: true, force: true }),
  })
}
