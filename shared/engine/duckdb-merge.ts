/**
 * The merge in DuckDB. Its work is bounded: duplicates are found by sorting hashes and looking at the row before, files
 * are written one at a time, each a range of the table's order that is about as large as a file shall be, and what does not
 * fit into the memory limit is spilled to the folder.
 *
 * Finding duplicates first and writing afterwards is half as expensive as dropping them on the way: a window over the
 * sorted rows would write with one thread.
 */
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { MergeFailed } from '../lake/errors.js'
import {
  largestShare,
  type Merge,
  type MergedFile,
  type MergeInput,
  type MergeRequest,
  type MergeResult,
} from '../lake/merge.js'
import { promotedFooter } from '../lake/promoted-columns.js'
import { quoteText } from '../sql/quote.js'
import { deletedRowsSql } from './deleted-rows.js'
import { repeatedHashes, repeatedRows, surplusRows } from './identity-sql.js'
import { dropErased, type ErasingOptions, find } from './merge-erasing.js'
import {
  checkFieldIds,
  countOf,
  isFilled,
  type Row,
  type Session,
  type SessionLimits,
  withDuckDb,
} from './merge-session.js'
import {
  copySql,
  isById,
  type KnownTexts,
  keptSql,
  keysSql,
  mergedSql,
  missedSql,
  oddColumnsSql,
  piecesSql,
  rowsPerGroup,
  selectionSql,
  textTypeSql,
  undistinct,
  unheldSql,
} from './merge-sql.js'
import { type Count, goneTallies, survey } from './merge-survey.js'

export type DuckDbMergeOptions = SessionLimits & ErasingOptions

export function duckDbMerge(options: DuckDbMergeOptions): Merge {
  return {
    merge: async request => {
      const run = (what: MergeRequest) =>
        withDuckDb(options, what.folder, what.signal, session => merge(session, what, options))
      try {
        return await run(request)
      } catch (error) {
        const { landed, ...rest } = request
        if (!(error instanceof MergeFailed) || error.lacksRoom || landed === undefined) throw error
        // An object may say what is not so: of rows that it has not, or of streams that are none of its own.
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

/** Larger row groups gain little by it. */
const smallBytes = 256 * 1024
const mostLargeBytes = 16 * 1024 * 1024

/**
 * All columns of a row group are read at once and not each by itself: half of what objects of a few rows cost. DuckDB does so
 * for all files or none, and of large row groups it holds many in memory then, not all of them under its limit.
 */
async function prefetchSmall(session: Session, { inputs, against }: MergeRequest): Promise<void> {
  const copies = await Promise.all(against.map(async path => (await stat(path)).size))
  const large = [
    ...copies.filter(bytes => bytes > smallBytes),
    ...inputs.flatMap(({ bytes, rowGroupBytes = bytes }) =>
      rowGroupBytes > smallBytes ? Math.max(bytes, rowGroupBytes) : [],
    ),
  ]
  if (large.reduce((sum, bytes) => sum + bytes, 0) <= mostLargeBytes)
    await session.run('SET prefetch_all_parquet_files = true')
}

async function merge(session: Session, request: MergeRequest, options: DuckDbMergeOptions): Promise<MergeResult> {
  const { inputs, against, isAgainstPartial } = request
  await prefetchSmall(session, request)
  const hasLanding = inputs.some(({ kind }) => kind === 'landing')
  const inputsById = isById(inputs, request.carried) ? inputs.map(({ path }) => path) : []
  await checkFieldIds(session, [...inputsById, ...(isAgainstPartial === true ? against : [])])
  const deleted = await findDeleted(session, inputs)
  await session.run('CREATE TEMP TABLE dropped (at_file BIGINT, at_row BIGINT)')
  if (undistinct(request).length > 0) await dropRepeated(session, request, hasLanding)
  const duplicates = await countOf(session, 'dropped')
  // What is deleted or erased stays counted: it was there.
  const gone = hasLanding && inputs.some(({ kind }) => kind === 'table') ? await goneTallies(session, inputs) : []
  if (deleted > 0) await session.run('INSERT INTO dropped SELECT * FROM deleted')
  await dropErased(session, request, options)
  const hasDropped = await isFilled(session, 'dropped')
  await session.run(`CREATE TEMP VIEW kept AS ${keptSql(request, { hasDropped })}`)
  const { retentionOf } = request
  const { counts, tallies, texts } = await survey(session, request, { hasDropped, gone })
  const retention = retentionOf === undefined ? 'kept' : await classify(session, texts.log_group, retentionOf)
  await session.run(`CREATE TEMP VIEW merged AS ${mergedSql(retention)}`)
  const known = await numberTexts(session, texts)
  const partitions = partitionsOf(counts)
  const rows = partitions.reduce((sum, partition) => sum + partition.rows, 0)
  const total = inputs.reduce((sum, input) => sum + input.rows, 0)
  return {
    files: await writeFiles(session, request, { partitions, rows, known }, options),
    classes: hasLanding ? classesOf(counts) : [],
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
      throw new MergeFailed('selection', `${written} of ${partition.rows} rows of a day were found again`)
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
