/**
 * Runs plans over the lake in DuckDB: asks the reader which files matter, their footers which parts, brings these to local
 * files and reads them there. A file that goes away meanwhile (committed, compacted, expired) means that the lake has moved
 * on: everything is planned again, and since DuckDB starts when all parts are there, no answer mixes two states.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { LakeStateUnreadable } from '../lake/errors.js'
import type { AsOf } from '../lake/lake-reader.js'
import type { Project } from '../plan/node.js'
import { optimize } from '../plan/rules/optimize.js'
import { type CompiledQuery, compilePlan } from '../sql/compile.js'
import { duckDb } from '../sql/dialects/duckdb.js'
import { trino } from '../sql/dialects/trino.js'
import { InvalidRange, NotFound } from '../store/errors.js'
import type { Choice } from './choose.js'
import type { DuckDb } from './duckdb.js'
import { LakeUnsettled, ObjectChanged, ScanCapExceeded } from './errors.js'
import type { LocalParts, PartsRun } from './local-parts.js'
import { matchedRows } from './matched-rows.js'
import { type PreparedScan, prepareScans, type ScanReader, type TableUse } from './prepare-scans.js'
import { type ResultRow, renderRow } from './render-row.js'

export interface QueryEngineOptions {
  readonly duckdb: Pick<DuckDb, 'stream'>
  readonly reader: ScanReader
  readonly parts: LocalParts
  /** Of the columns that a query reads, compressed; null for no cap. */
  readonly maxScanBytes: number | null
}

export interface QueryEngine {
  /** What a run would read; fetches footers and no data. */
  estimate(plan: Project, signal?: AbortSignal): Promise<Estimate>
  /**
   * Resolves when everything is fetched and the engine can start; rows come as they are asked for. Aborting the signal
   * rejects with its reason, whatever is going on.
   *
   * @throws ScanCapExceeded before any data is fetched
   * @throws LakeUnsettled
   * @throws EngineFailed, also from the rows
   */
  run(plan: Project, signal?: AbortSignal): Promise<QueryRun>
}

export interface Estimate {
  readonly files: number
  /** Rows and compressed bytes of the columns and row groups that the query needs. */
  readonly records: number
  readonly bytes: number
  readonly inAthena: TableUse
  readonly asOf: AsOf
}

export interface QueryRun {
  readonly columns: CompiledQuery['columns']
  readonly asOf: AsOf
  /** To be read once; the local files are given back when they end or the loop is left. */
  readonly batches: AsyncIterable<readonly ResultRow[]>
  /** Complete once the batches have ended. */
  statistics(): QueryStatistics
  /** Which engine it is and why, where there was a choice. */
  readonly choice?: Choice
}

/** As GetQueryResults names them, and what was fetched for it. */
export interface QueryStatistics {
  /** Events that passed the filters. A query for the newest few stops early and has then seen no more than it needed. */
  readonly recordsMatched: number
  /** Rows of the row groups that were read. */
  readonly recordsScanned: number
  readonly estimatedRecordsSkipped: number
  /** Compressed bytes of the column chunks that were read, wherever they came from. */
  readonly bytesScanned: number
  readonly estimatedBytesSkipped: number
  /** Groups known from footers: at least so many. */
  readonly logGroupsScanned: number
  /** What came over the wire, footers included. */
  readonly bytesFetched: number
  readonly requests: number
  readonly files: number
}

const tries = 5

export function createQueryEngine({ duckdb, reader, parts, maxScanBytes }: QueryEngineOptions): QueryEngine {
  const prepare = async (plan: Project, run: PartsRun, signal: AbortSignal | undefined) =>
    prepareScans(plan, { reader, run, signal, maxScanBytes })
  return {
    async estimate(given, signal) {
      const { plan } = optimize(given)
      const run = await parts.openRun()
      try {
        const prepared = await settled(() => prepareScans(plan, { reader, run, signal, maxScanBytes: null }))
        const { scans, bytes } = prepared
        const counts = { bytes, files: sumOf(scans, 'files'), records: sumOf(scans, 'records') }
        return { ...counts, inAthena: prepared.inTable(trino), asOf: asOfAll(scans) }
      } finally {
        await run.release()
      }
    },
    async run(given, signal) {
      const { plan } = optimize(given)
      const run = await parts.openRun()
      try {
        const { scans, bytes, sources } = await settled(async () => {
          const prepared = await prepare(plan, run, signal)
          if (maxScanBytes !== null && prepared.bytes > maxScanBytes)
            throw new ScanCapExceeded(prepared.bytes, maxScanBytes)
          return { ...prepared, sources: await prepared.fetch() }
        })
        const compiled = compilePlan(plan, duckDb, { sources })
        const profilePath = join(run.folder, 'profile.json')
        const counted = { matched: 0 }
        return {
          columns: compiled.columns,
          asOf: asOfAll(scans),
          batches: batches(duckdb, compiled, run, profilePath, counted, signal),
          statistics: () => statisticsOf(scans, bytes, run, counted.matched),
        }
      } catch (error) {
        await run.release()
        throw error
      }
    },
  }
}

async function* batches(
  duckdb: Pick<DuckDb, 'stream'>,
  { sql, params, columns }: CompiledQuery,
  run: PartsRun,
  profilePath: string,
  counted: { matched: number },
  signal: AbortSignal | undefined,
): AsyncGenerator<readonly ResultRow[]> {
  try {
    for await (const rows of duckdb.stream(sql, params, { profilePath, ...(signal === undefined ? {} : { signal }) })) {
      signal?.throwIfAborted()
      yield rows.map(values => renderRow(columns, values))
    }
    counted.matched = matchedRows(await readFile(profilePath, 'utf8'))
  } finally {
    await run.release()
  }
}

function isGone(error: unknown): error is Error {
  return [NotFound, ObjectChanged, InvalidRange, LakeStateUnreadable].some(kind => error instanceof kind)
}

/** Plans again as long as files go away. */
async function settled<T>(attempt: () => Promise<T>): Promise<T> {
  for (let number = 1; ; number++) {
    try {
      return await attempt()
    } catch (error) {
      if (!isGone(error)) throw error
      if (number === tries) throw new LakeUnsettled(tries, error)
    }
  }
}

function statisticsOf(
  scans: readonly PreparedScan[],
  bytesScanned: number,
  { fetched }: PartsRun,
  matched: number,
): QueryStatistics {
  const recordsScanned = sumOf(scans, 'records')
  return {
    recordsMatched: Math.min(matched, recordsScanned),
    recordsScanned,
    estimatedRecordsSkipped: sumOf(scans, 'recordsSkipped'),
    bytesScanned,
    estimatedBytesSkipped: sumOf(scans, 'bytesSkipped'),
    logGroupsScanned: new Set(scans.flatMap(({ logGroups }) => [...logGroups])).size,
    bytesFetched: fetched.bytes,
    requests: fetched.requests,
    files: sumOf(scans, 'files'),
  }
}

function sumOf(scans: readonly PreparedScan[], what: 'files' | 'records' | 'recordsSkipped' | 'bytesSkipped'): number {
  return scans.reduce((sum, scan) => sum + scan[what], 0)
}

/** Scans of one query are planned one after another: the answer is as old as the first of them. */
function asOfAll(scans: readonly PreparedScan[]): AsOf {
  const nothing: AsOf = { snapshotId: null, committedAt: null, landingObjects: 0, setAside: 0 }
  const most = (what: 'landingObjects' | 'setAside') => Math.max(0, ...scans.map(({ asOf }) => asOf[what]))
  return { ...(scans[0]?.asOf ?? nothing), landingObjects: most('landingObjects'), setAside: most('setAside') }
}
