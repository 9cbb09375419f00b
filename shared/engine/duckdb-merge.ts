/**
 * The merge in DuckDB. Its work is bounded: duplicates are found by sorting hashes and looking at the row before, files
 * are written one at a time, each a range of the table's order that is about as large as a file shall be, and what does not
 * fit into the memory limit is spilled to the folder.
 *
 * Finding duplicates first and writing afterwards is half as expensive as dropping them on the way: a window over the
 * sorted rows would write with one thread.
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import type { Erasure, GroupSpan } from '../lake/erasures.js'
import { MergeFailed } from '../lake/errors.js'
import {
  type FindRequest,
  type FoundEvents,
  type LandedRows,
  largestShare,
  type Merge,
  type MergedFile,
  type MergeInput,
  type MergeRequest,
  type MergeResult,
  type Tally,
} from '../lake/merge.js'
import { promotedFooter } from '../lake/promoted-columns.js'
import type { Project } from '../plan/node.js'
import { compilePlan } from '../sql/compile.js'
import { duckDb } from '../sql/dialects/duckdb.js'
import type { Statement } from '../sql/fragment.js'
import { quoteText } from '../sql/quote.js'
import { identifiedFilesSql } from './columns-by-id.js'
import { deletedRowsSql } from './deleted-rows.js'
import { repeatedHashes, repeatedRows, surplusRows } from './identity-sql.js'
import { interruptOn } from './interrupting.js'
import { lacksRoom } from './lacks-room.js'
import { loadDuckDb } from './load-duckdb.js'
import {
  copySql,
  countsSql,
  erasableRelation,
  goneTallySql,
  groupSpansSql,
  isById,
  type KnownTexts,
  keptSql,
  keysSql,
  mergedSql,
  missedSql,
  oddColumnsSql,
  piecesSql,
  placesSql,
  rowsPerGroup,
  samplesSql,
  selectionSql,
  tallySql,
  textTypeSql,
  undistinct,
  unheldSql,
} from './merge-sql.js'

export interface DuckDbMergeOptions {
  readonly memoryLimitMb: number
  readonly threads: number
  /** Needed where events are erased. */
  readonly planErasures?: PlanErasures
}

/** The events of erasures as pointers, each plan those of some of them. */
export type PlanErasures = (question: {
  readonly erasures: readonly Erasure[]
  readonly which: FindRequest['which']
  /** The groups that there are, and when: erasures of no such events are left out. Null where that is not known. */
  readonly spans: readonly GroupSpan[] | null
}) => readonly Project[]

type Row = readonly unknown[]

interface Session {
  run(sql: string, params?: readonly string[]): Promise<void>
  rows(sql: string): Promise<readonly Row[]>
}

export function duckDbMerge(options: DuckDbMergeOptions): Merge {
  return {
    merge: async request => {
      const run = (what: MergeRequest) =>
        withDuckDb(options, what.folder, what.signal, session => merge(session, what, options))
      try {
        return await run(request)
      } catch (error) {
        const { landed, ...rest } = request
        if (!(error instanceof RowsMissed) || landed === undefined) throw error
        // An object that says what is not so.
        return await run(rest)
      }
    },
    find: request => withDuckDb(options, request.folder, request.signal, session => find(session, request, options)),
    damageOf: async path => {
      try {
        return await withDuckDb(options, null, undefined, async ({ rows }) => {
          await rows(`SELECT count(*), sum(hash(COLUMNS(*)) % 2) FROM read_parquet([${quoteText(path)}])`)
          const [[odd] = []] = await rows(oddColumnsSql(path))
          if (odd !== null) return `has the columns ${odd}, for this engine`
          const [[isMissed] = []] = await rows(missedSql(path))
          return isMissed === true ? 'has rows that its statistics leave out' : null
        })
      } catch (error) {
        if (error instanceof MergeFailed && !error.lacksRoom) return error.message
        throw error
      }
    },
  }
}

/** What was counted before is not what was written then. */
class RowsMissed extends MergeFailed {}

async function merge(session: Session, request: MergeRequest, options: DuckDbMergeOptions): Promise<MergeResult> {
  const { inputs, against, isAgainstPartial } = request
  const hasLanding = inputs.some(({ kind }) => kind === 'landing')
  const inputsById = isById(inputs, request.carried) ? inputs.map(({ path }) => path) : []
  await checkFieldIds(session, [...inputsById, ...(isAgainstPartial === true ? against : [])])
  const deleted = await findDeleted(session, inputs)
  await session.run('CREATE TEMP TABLE dropped (at_file BIGINT, at_row BIGINT)')
  if (undistinct(request).length > 0) await dropRepeated(session, request, hasLanding)
  const duplicates = await countOf(session, 'dropped')
  // What is deleted or erased stays counted: it was there.
  const gone = hasLanding && inputs.some(({ kind }) => kind === 'table') ? await session.rows(goneTallySql(inputs)) : []
  if (deleted > 0) await session.run('INSERT INTO dropped SELECT * FROM deleted')
  await dropErased(session, request, options)
  const hasDropped = await isFilled(session, 'dropped')
  await session.run(`CREATE TEMP VIEW kept AS ${keptSql(request, { hasDropped })}`)
  const { retentionOf, landed } = request
  const isKnown = landed !== undefined && inputs.every(({ kind }) => kind === 'landing') && !hasDropped
  const { counts, tallies, texts } =
    isKnown && retentionOf !== undefined
      ? known(landed, retentionOf)
      : hasLanding
        ? await tally(session, gone.map(tallyOf))
        : await count(session)
  const retention = retentionOf === undefined ? 'kept' : await classify(session, texts.log_group, retentionOf)
  await session.run(`CREATE TEMP VIEW merged AS ${mergedSql(retention)}`)
  const numbered = await numberTexts(session, texts)
  const classed =
    retentionOf === undefined ? counts : counts.map(each => ({ ...each, retention: retentionOf(each.logGroup) }))
  const partitions = partitionsOf(classed)
  const rows = partitions.reduce((sum, partition) => sum + partition.rows, 0)
  const total = inputs.reduce((sum, input) => sum + input.rows, 0)
  return {
    files: await writeFiles(session, request, { partitions, rows, known: numbered }, options),
    classes: hasLanding ? classesOf(classed) : [],
    duplicates,
    deleted,
    erased: total - duplicates - deleted - rows,
    tallies,
  }
}

/** Fills `dropped` with what another row stands for. */
async function dropRepeated(session: Session, request: MergeRequest, hasLanding: boolean): Promise<void> {
  await session.run(`CREATE TEMP VIEW keys AS ${keysSql(request)}`)
  await session.run(`CREATE TEMP TABLE repeated AS ${repeatedHashes('keys')}`)
  const ofInputs = `WHERE at_file < ${request.inputs.length}`
  if (await isFilled(session, 'repeated')) {
    await session.run(`INSERT INTO dropped SELECT * FROM (${repeatedRows('keys', 'repeated')}) ${ofInputs}`)
  }
  if (request.hasIdless && hasLanding) {
    await session.run(`INSERT INTO dropped SELECT * FROM (${surplusRows('keys')}) ${ofInputs}`)
  }
}

/** Makes a table of the rows that another engine has deleted, where there may be some; gives how many there are. */
async function findDeleted(session: Session, inputs: readonly MergeInput[]): Promise<number> {
  const files = inputs.flatMap(({ deletes, rows: to }, index) =>
    deletes === undefined ? [] : { index, ...deletes, stretches: [{ from: 0, to, shift: 0 }] },
  )
  if (files.length === 0) return 0
  await session.run(`CREATE TEMP TABLE deleted AS SELECT DISTINCT * FROM (${deletedRowsSql(files)})`)
  return countOf(session, 'deleted')
}

async function countOf({ rows }: Session, table: string): Promise<number> {
  const [[count] = [0n]] = await rows(`SELECT count(*) FROM ${table}`)
  return Number(count)
}

/** @throws MergeFailed when one of the files has no field ids */
async function checkFieldIds(session: Session, paths: readonly string[]): Promise<void> {
  if (paths.length === 0) return
  const sql = identifiedFilesSql(paths)
  const [[identified] = [0n]] = await session.rows(sql)
  if (Number(identified) === paths.length) return
  const others = paths.length - Number(identified)
  throw new MergeFailed(
    sql,
    `${others} of ${paths.length} files have no field ids: let the engine that wrote them rewrite them`,
  )
}

async function dropErased(
  session: Session,
  { inputs, erase: erasures = [] }: MergeRequest,
  options: DuckDbMergeOptions,
): Promise<void> {
  if (erasures.length === 0) return
  const spans = (await session.rows(groupSpansSql(inputs))).map(([logGroup, first, last]) => {
    return { logGroup: String(logGroup), first: Number(first), last: Number(last) }
  })
  for (const { sql, params } of erasureSql({ erasures, which: 'erasable', spans }, inputs, options)) {
    await session.run(`INSERT INTO dropped SELECT * FROM (${sql}) EXCEPT SELECT * FROM dropped`, params)
  }
}

/** Each a SELECT of the places of the events. */
function erasureSql(
  question: Parameters<PlanErasures>[0],
  inputs: readonly Pick<MergeInput, 'path' | 'isPartial'>[],
  { planErasures }: DuckDbMergeOptions,
): readonly Statement[] {
  if (planErasures === undefined) throw new Error('nothing says how the events of an erasure are found')
  const sources = [[{ relation: erasableRelation(inputs), promoted: new Map() }]]
  return planErasures(question).map(plan => {
    const { sql, params } = compilePlan(plan, duckDb, { sources })
    return { sql: placesSql(sql), params }
  })
}

async function find(session: Session, request: FindRequest, options: DuckDbMergeOptions): Promise<FoundEvents> {
  const { erasure, which, paths, samples } = request
  // Landing objects of an older release and files of other engines may be among them.
  const inputs = paths.map(path => ({ path, isPartial: true }))
  await checkFieldIds(session, paths)
  await session.run('CREATE TEMP TABLE found (at_file BIGINT, at_row BIGINT)')
  for (const { sql, params } of erasureSql({ erasures: [erasure], which, spans: null }, inputs, options)) {
    await session.run(`INSERT INTO found ${sql}`, params)
  }
  const counts = new Map(
    (await session.rows('SELECT at_file, count(*) FROM found GROUP BY 1')).map(([at, rows]) => [
      Number(at),
      Number(rows),
    ]),
  )
  const named = samples === 0 || counts.size === 0 ? [] : await session.rows(samplesSql(inputs, samples))
  return {
    rows: paths.map((_, index) => counts.get(index) ?? 0),
    samples: named.map(([accountId, logGroup, logStream, timestamp]) => ({
      accountId: String(accountId),
      logGroup: String(logGroup),
      logStream: String(logStream),
      timestamp: Number(timestamp),
    })),
  }
}

/** Rows that stay. */
interface Count {
  readonly logGroup: string
  /** Hours since 1970. */
  readonly hour: number
  readonly rows: number
  readonly retention: number
}

interface Survey {
  readonly counts: readonly Count[]
  readonly tallies: readonly Tally[]
  readonly texts: KnownTexts & { readonly log_group: ReadonlySet<string> }
}

/** What landing objects say of themselves, where all of their rows stay. */
function known({ tallies }: LandedRows, retentionOf: (logGroup: string) => number): Survey {
  const sums = new Map<string, Tally>()
  for (const each of tallies) {
    const key = JSON.stringify([each.accountId, each.logGroup, each.logStream, each.hour])
    const sum = sums.get(key)
    sums.set(key, sum === undefined ? each : added(sum, each))
  }
  return surveyOf(Array.from(sums.values(), tally => ({ tally, retention: retentionOf(tally.logGroup) })))
}

function added(one: Tally, other: Tally): Tally {
  return {
    ...one,
    rows: one.rows + other.rows,
    bytes: one.bytes + other.bytes,
    first: Math.min(one.first, other.first),
    last: Math.max(one.last, other.last),
  }
}

async function count(session: Session): Promise<Survey> {
  const counts = (await session.rows(countsSql)).map(([logGroup, hour, rows, retention]) => ({
    logGroup: String(logGroup),
    hour: Number(hour),
    rows: Number(rows),
    retention: Number(retention),
  }))
  return { counts, tallies: [], texts: { log_group: new Set(counts.map(({ logGroup }) => logGroup)) } }
}

/** One look at what stays tells what is new in the table and which partitions it belongs to. */
async function tally(session: Session, gone: readonly Tally[]): Promise<Survey> {
  const kept = (await session.rows(tallySql)).map(row => {
    return { tally: tallyOf(row), retention: Number(row[8]), isNew: row[9] === true }
  })
  const survey = surveyOf(kept)
  return { ...survey, tallies: [...kept.filter(({ isNew }) => isNew).map(each => each.tally), ...gone] }
}

function surveyOf(kept: readonly { readonly tally: Tally; readonly retention: number }[]): Survey {
  return {
    counts: kept.map(({ tally: { logGroup, hour, rows }, retention }) => ({ logGroup, hour, rows, retention })),
    tallies: kept.map(each => each.tally),
    texts: {
      account_id: new Set(kept.map(each => each.tally.accountId)),
      log_group: new Set(kept.map(each => each.tally.logGroup)),
      log_stream: new Set(kept.map(each => each.tally.logStream)),
    },
  }
}

function tallyOf([accountId, logGroup, logStream, hour, rows, bytes, first, last]: Row): Tally {
  return {
    accountId: String(accountId),
    logGroup: String(logGroup),
    logStream: String(logStream),
    hour: Number(hour),
    rows: Number(rows),
    bytes: Number(bytes),
    first: Number(first),
    last: Number(last),
  }
}

/** The lake retention of the groups that stay: the one that all have, or as a table. */
async function classify(
  session: Session,
  logGroups: ReadonlySet<string>,
  retentionOf: (logGroup: string) => number,
): Promise<number | 'by-group'> {
  const groups = [...logGroups]
  const [retention = 0, ...others] = new Set(groups.map(retentionOf))
  if (others.length === 0) return retention
  await session.run('CREATE TEMP TABLE classes (log_group VARCHAR, class INTEGER)')
  for (let from = 0; from < groups.length; from += 1_000) {
    const values = groups.slice(from, from + 1_000).map(group => `(${textSql(group)}, ${retentionOf(group)})`)
    await session.run(`INSERT INTO classes VALUES ${values.join(', ')}`)
  }
  return 'by-group'
}

/** A literal cannot hold NUL. */
function textSql(text: string): string {
  return text.split('\0').map(quoteText).join(' || chr(0) || ')
}

/** More of them are a statement that takes longer than it saves. */
const maxNumberedTexts = 10_000

/** Those for which there is a type now. A literal cannot hold NUL. */
async function numberTexts(session: Session, texts: KnownTexts): Promise<KnownTexts> {
  const isFit = (values: ReadonlySet<string>) =>
    values.size > 0 && values.size <= maxNumberedTexts && ![...values].some(text => text.includes('\0'))
  const fit = Object.entries(texts).filter(([, values]) => isFit(values))
  for (const [column, values] of fit) await session.run(textTypeSql(column, values))
  return Object.fromEntries(fit)
}

function classesOf(counts: readonly Count[]): MergeResult['classes'] {
  const found = new Map(counts.map(({ logGroup, retention }) => [`${retention} ${logGroup}`, { logGroup, retention }]))
  return [...found.values()]
}

/** By day, then retention. */
function partitionsOf(counts: readonly Count[]): readonly Partition[] {
  const found = new Map<string, Partition>()
  for (const { hour, rows, retention } of counts) {
    const day = Math.floor(hour / 24)
    const key = `${day}/${retention}`
    found.set(key, { day, retention, rows: rows + (found.get(key)?.rows ?? 0) })
  }
  return [...found.values()].sort((a, b) => a.day - b.day || a.retention - b.retention)
}

interface Partition {
  readonly day: number
  readonly retention: number
  readonly rows: number
}

/** What is written. */
interface Selected {
  readonly partitions: readonly Partition[]
  readonly rows: number
  readonly known: KnownTexts
}

async function writeFiles(
  session: Session,
  request: MergeRequest,
  { partitions, rows, known }: Selected,
  { memoryLimitMb }: DuckDbMergeOptions,
): Promise<readonly MergedFile[]> {
  const { inputs, folder, targetBytes } = request
  const bytesPerRow = inputs.reduce((sum, { bytes }) => sum + bytes, 0) / Math.max(1, rows)
  const wide = inputs.reduce((sum, { uncompressedBytes }) => sum + uncompressedBytes, 0) / Math.max(1, rows)
  const rowGroupRows = rowsPerGroup(wide, memoryLimitMb)
  const files: MergedFile[] = []
  for (const partition of partitions) {
    const share = (partition.rows * bytesPerRow) / targetBytes
    const pieces = share <= largestShare ? 1 : Math.ceil(share)
    const bounds = pieces <= 1 ? [] : await session.rows(piecesSql(partition, Math.ceil(partition.rows / pieces)))
    let written = 0n
    for (let piece = 0; piece <= bounds.length; piece++) {
      const selection = selectionSql(partition, boundOf(bounds[piece - 1]), boundOf(bounds[piece]))
      const held = promotedFooter(request.promoted, await countUnheld(session, request, selection))
      const path = join(folder, `${files.length}.parquet`)
      const sql = copySql(path, { selection, retention: partition.retention, known }, request, held, rowGroupRows)
      const [[count] = []] = await session.rows(sql)
      written += count as bigint
      files.push({ path, day: partition.day, retention: partition.retention })
    }
    // A selection goes by the statistics of the inputs, and those of a stranger may be wrong.
    if (Number(written) !== partition.rows) {
      throw new RowsMissed('selection', `${written} of ${partition.rows} rows of a day were found again`)
    }
  }
  return files
}

function boundOf(row: Row | undefined): { readonly logGroup: string; readonly micros: bigint } | null {
  return row === undefined ? null : { logGroup: String(row[0]), micros: row[1] as bigint }
}

async function countUnheld(session: Session, request: MergeRequest, selection: string): Promise<readonly number[]> {
  if (request.promoted.length === 0) return []
  const [counts = []] = await session.rows(unheldSql(request, selection))
  return counts.map(Number)
}

async function isFilled({ rows }: Session, table: string): Promise<boolean> {
  return (await rows(`SELECT 1 FROM ${table} LIMIT 1`)).length > 0
}

/** @param folder that may be spilled to; null for work that needs none */
async function withDuckDb<T>(
  { memoryLimitMb, threads }: DuckDbMergeOptions,
  folder: string | null,
  signal: AbortSignal | undefined,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted()
  const { DuckDBInstance } = await loadDuckDb()
  if (folder !== null) await mkdir(join(folder, 'spill'), { recursive: true })
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: `${memoryLimitMb}MB`,
    threads: String(threads),
    temp_directory: folder === null ? '' : join(folder, 'spill'),
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  })
  const connection = await instance.connect()
  const release = interruptOn(signal, connection)
  try {
    await connection.run("SET TimeZone = 'UTC'")
    // One read for all columns of a row group, and not one for each: half of what objects of a few rows cost.
    await connection.run('SET prefetch_all_parquet_files = true')
    return await work(sessionOf(connection))
  } catch (error) {
    signal?.throwIfAborted()
    throw error
  } finally {
    release()
    connection.closeSync()
    instance.closeSync()
  }
}

function sessionOf(connection: DuckDBConnection): Session {
  const failing = async <T>(sql: string, run: () => Promise<T>): Promise<T> => {
    try {
      return await run()
    } catch (error) {
      throw new MergeFailed(sql, error, { lacksRoom: lacksRoom(error) })
    }
  }
  return {
    run: (sql, params = []) => failing(sql, async () => void (await connection.run(sql, [...params]))),
    rows: sql => failing(sql, async () => (await connection.runAndReadAll(sql)).getRows()),
  }
}
