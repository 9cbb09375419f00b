/** From a plan to the parts of files that it needs: which files, which row groups, which columns. */
import { type AsOf, deleteFilesOf, type LakeFile, type LakePlan, type LakeReader } from '../lake/lake-reader.js'
import type { PromotedColumn } from '../lake/merge.js'
import { heldFields } from '../lake/promoted-columns.js'
import { chooseRowGroups, groupSummaries, isInGroups, isWhollyWithin } from '../lake/read-row-groups.js'
import { columnNamesById, type FileFooter, type RowGroup } from '../parquet/footer.js'
import type { Project, Scan } from '../plan/node.js'
import { compilePlan } from '../sql/compile.js'
import type { Dialect } from '../sql/dialect.js'
import { duckDb } from '../sql/dialects/duckdb.js'
import type { SourceBranch } from '../sql/relation.js'
import { columnIds, schemaWithPromoted } from './columns-by-id.js'
import { openDeletes, stretchesOf } from './deleted-rows.js'
import { ColumnMissing, ScanCapExceeded } from './errors.js'
import type { LocalPart, PartsRun, WantedParts } from './local-parts.js'
import {
  comparedColumns,
  coveredTimes,
  dataRelation,
  emptyRelation,
  type Interval,
  type LocalData,
  landingColumns,
  landingRelation,
  mayHaveIds,
  mayLackIds,
  rowGroupsWithin,
} from './scan-sources.js'

export type ScanReader = LakeReader

export interface PreparedScan {
  readonly files: number
  readonly records: number
  readonly recordsSkipped: number
  readonly bytesSkipped: number
  readonly logGroups: ReadonlySet<string>
  readonly asOf: AsOf
}

export interface PreparedQuery {
  readonly scans: readonly PreparedScan[]
  /** Compressed bytes of the column chunks to read. */
  readonly bytes: number
  /** What another engine of the dialect reads for it. */
  inTable(dialect: Dialect): TableUse
  /** Brings the parts to local files; gives the sources of each scan. */
  fetch(): Promise<readonly (readonly SourceBranch[])[]>
}

/** What an engine reads that sees the table and no landing objects, and that names each column in all files or in none. */
export interface TableUse {
  /** Compressed. */
  readonly bytes: number
  /** For each scan, the columns of fields that all of its files hold so, by the field. */
  readonly promoted: readonly Readonly<Record<string, PromotedColumn>>[]
}

export interface PrepareOptions {
  readonly reader: LakeReader
  readonly run: PartsRun
  readonly signal: AbortSignal | undefined
  readonly maxScanBytes: number | null
}

interface OpenedFile {
  readonly file: LakeFile
  readonly footer: FileFooter
  readonly rowGroups: readonly number[]
}

interface OpenedScan {
  readonly scan: Scan
  readonly plan: LakePlan
  readonly branches: readonly Branch[]
}

interface Branch {
  readonly kind: 'table' | 'landing'
  readonly files: readonly OpenedFile[]
  /** Of landing: data files that are read together with it. */
  readonly stored: readonly OpenedFile[]
  readonly promoted: ReadonlyMap<string, PromotedColumn>
  readonly isFieldless: boolean
  readonly isWithin: boolean
}

export async function prepareScans(plan: Project, options: PrepareOptions): Promise<PreparedQuery> {
  const lakePlans = new Map<string, LakePlan>()
  const opened: OpenedScan[] = []
  for (const { scan } of compilePlan(plan, duckDb).scans) {
    const name = JSON.stringify([scan.from, scan.to, scan.groups])
    const lakePlan = lakePlans.get(name) ?? (await options.reader.plan(scan, scan.groups, options.signal))
    lakePlans.set(name, lakePlan)
    checkWhole(lakePlan, options)
    opened.push(await openScan(scan, lakePlan, options))
  }
  const blank = opened.map(({ branches }) =>
    branches.map(({ promoted, isFieldless, isWithin }) => ({ relation: 'logs', promoted, isFieldless, isWithin })),
  )
  const uses = compilePlan(plan, duckDb, { sources: blank }).scans
  const wanted = opened.map((scan, index) => wantedOf(scan, uses[index]!.columns))
  const read = wanted.flat().flatMap(({ files, stored }) => [...files, ...stored].map(({ file }) => file))
  const deletes = await openDeletes(read, options.run, options.signal)
  return {
    scans: opened.map(describe),
    bytes: wanted.flat().reduce((sum, { bytes }) => sum + bytes, 0) + bytesOf(deletes),
    inTable: dialect => tableUse(plan, opened, bytesOf(deletes), dialect),
    fetch: async () => {
      const { run, signal } = options
      const local = await Promise.all(
        deletes.map(async each => [each.object.key, await run.take(each, signal)] as const),
      )
      const paths = new Map(local.map(([key, { path }]) => [key, path]))
      return Promise.all(
        wanted.map(branches => Promise.all(branches.map(branch => fetchBranch(branch, paths, options)))),
      )
    },
  }
}

function tableUse(plan: Project, opened: readonly OpenedScan[], deleteBytes: number, dialect: Dialect): TableUse {
  const scans = opened.map(({ scan, plan: lakePlan, branches }) => {
    const files = branches.flatMap(({ kind, files: own, stored }) => (kind === 'table' ? own : stored))
    const [first = [], ...others] = files.map(({ footer }) => heldColumns(scan, lakePlan, footer))
    const everywhere = first.filter(({ id }) => others.every(held => held.some(column => column.id === id)))
    return { files, promoted: byField(everywhere) }
  })
  const sources = scans.map(({ promoted }) => [{ relation: 'logs', promoted }])
  const uses = compilePlan(plan, dialect, { sources }).scans
  const bytes = scans.map(({ files, promoted }, index) => {
    const columns = uses[index]!.columns[0]!
    const { files: named } = namedInFiles(
      files.map(file => ({ ...file, columns: new Set(columns) })),
      [...promoted.values()],
    )
    return bytesOf(named)
  })
  return {
    bytes: bytes.reduce((sum, each) => sum + each, deleteBytes),
    promoted: scans.map(({ promoted }) => Object.fromEntries(promoted)),
  }
}

/** Small objects are fetched whole to see what is in them, so that the cap is looked at before. */
function checkWhole({ files }: LakePlan, { maxScanBytes, run }: PrepareOptions): void {
  const small = [...files, ...deleteFilesOf(files)].filter(({ size }) => size <= run.wholeBytes)
  const whole = small.reduce((sum, { size }) => sum + size, 0)
  if (maxScanBytes !== null && whole > maxScanBytes) throw new ScanCapExceeded(whole, maxScanBytes)
}

async function openScan(scan: Scan, plan: LakePlan, { run, signal }: PrepareOptions): Promise<OpenedScan> {
  const opened = await Promise.all(
    plan.files.map(async (file): Promise<OpenedFile> => {
      const footer = await run.footer(file, signal)
      return { file, footer, rowGroups: chooseRowGroups(footer, scan, scan.groups) }
    }),
  )
  const read = opened.filter(({ rowGroups }) => rowGroups.length > 0)
  const landing = read.filter(({ file }) => file.kind === 'landing')
  const stored = givingWay(read, landing)
  const branches = new Map<string, Pick<Branch, 'promoted' | 'isFieldless' | 'isWithin'> & { files: OpenedFile[] }>()
  for (const one of read) {
    if (one.file.kind === 'landing' || stored.includes(one)) continue
    const promoted = byField(heldColumns(scan, plan, one.footer))
    const isFieldless = rowGroupsOf(one).every(hasNoFields)
    const isInRange = rowGroupsOf(one).every(rowGroup => isWhollyWithin(scan, rowGroup))
    const hasDeletes = one.file.deletes !== undefined
    const name = [isFieldless, isInRange, hasDeletes, ...Array.from(promoted.values(), ({ id }) => id)].join('\0')
    const branch = branches.get(name) ?? { promoted, isFieldless, isWithin: isInRange, files: [] }
    branch.files.push(one)
    branches.set(name, branch)
  }
  const all: Branch[] = [...branches.values()].map(branch => ({ kind: 'table', stored: [], ...branch }))
  const plain = { promoted: new Map(), isFieldless: false, isWithin: false }
  if (landing.length > 0) all.push({ kind: 'landing', files: landing, stored, ...plain })
  if (all.length === 0) all.push({ kind: 'table', files: [], stored: [], ...plain })
  // What was opened and not read counts as skipped.
  const skipped = opened.filter(({ rowGroups }) => rowGroups.length === 0)
  const { files, bytes, rows } = plan.skipped
  return {
    scan,
    branches: all,
    plan: {
      ...plan,
      skipped: {
        files: files + skipped.length,
        bytes: bytes + skipped.reduce((sum, { file }) => sum + file.size, 0),
        rows: rows + skipped.reduce((sum, { footer }) => sum + footer.rows, 0),
      },
    },
  }
}

/** Data files with rows without ids where landing has rows with ids: these may be the same events. */
function givingWay(read: readonly OpenedFile[], landing: readonly OpenedFile[]): readonly OpenedFile[] {
  if (!landing.some(file => mayHaveIds(rowGroupsOf(file)))) return []
  const intervals = coveredTimes(landing.map(({ footer }) => footer))
  return read.filter(({ file, footer, rowGroups }) => {
    const near = rowGroupsWithin(footer, rowGroups, intervals)
    return file.kind === 'table' && mayLackIds(near.map(group => footer.rowGroups[group]!))
  })
}

function rowGroupsOf({ footer, rowGroups }: OpenedFile): readonly RowGroup[] {
  return rowGroups.map(group => footer.rowGroups[group]!)
}

/** Of events in JSON the message has the fields: only lines of other formats have a map. */
function hasNoFields({ rows, chunks }: RowGroup): boolean {
  const leaves = chunks.filter(({ column }) => column === 'fields')
  return leaves.length > 0 && leaves.every(({ statistics }) => statistics.nullCount === rows)
}

/** The columns in which a data file holds fields of the scan whenever it has them at all. */
function heldColumns(scan: Scan, { promotable }: LakePlan, footer: FileFooter): readonly PromotedColumn[] {
  const fields = heldFields(footer.keyValues)
  if (fields.size === 0) return []
  const names = columnNamesById(footer)
  return promotable.flatMap(column => {
    const field = fields.get(column.id)
    const isAsked = names.has(column.id) && scan.fields.some(({ name }) => name === field)
    // The name of a column of ours that another engine dropped and this one got would be there twice.
    const isOurs = columnIds.has(column.column.toLowerCase())
    return field === undefined || !isAsked || isOurs ? [] : [{ ...column, field }]
  })
}

function byField(columns: readonly PromotedColumn[]): ReadonlyMap<string, PromotedColumn> {
  return new Map(columns.map(column => [column.field, column]))
}

interface WantedFile extends OpenedFile {
  readonly columns: ReadonlySet<string>
  readonly isExact?: boolean
}

interface WantedBranch {
  readonly branch: Branch
  readonly columns: readonly string[]
  readonly files: readonly WantedFile[]
  readonly stored: readonly WantedFile[]
  /** Data files whose identities landing rows are compared with. */
  readonly compared: readonly WantedFile[]
  readonly intervals: readonly Interval[]
  readonly lacksIds: boolean
  /** Where a file lacks a column that is read, or has it under another name: how columns are found by their field ids. */
  readonly schema: string | undefined
  readonly bytes: number
}

function wantedOf({ scan, branches }: OpenedScan, columnsOf: readonly (readonly string[])[]): readonly WantedBranch[] {
  return branches.map((branch, index): WantedBranch => {
    // Rows without any column cannot be counted.
    const columns = columnsOf[index]!.length === 0 ? ['timestamp'] : columnsOf[index]!
    const { files } = branch
    if (branch.kind === 'table') {
      const isExact = branch.isWithin && (scan.from !== null || scan.to !== null)
      const { schema, files: wanted } = namedInFiles(
        files.map(file => ({ ...file, columns: new Set(columns), isExact })),
        [...branch.promoted.values()],
      )
      const bytes = bytesOf(wanted)
      return { branch, columns, files: wanted, stored: [], compared: [], intervals: [], lacksIds: false, schema, bytes }
    }
    const intervals = coveredTimes(files.map(({ footer }) => footer))
    const overlapping = branches
      .flatMap(other => (other.kind === 'table' ? other.files : []))
      .map(file => ({ ...file, rowGroups: rowGroupsWithin(file.footer, file.rowGroups, intervals) }))
      .filter(({ rowGroups }) => rowGroups.length > 0)
    const lacksIds = branch.stored.length > 0 || mayLackIds(files.flatMap(rowGroupsOf))
    const wanted = files.map(file => ({ ...file, columns: landingColumns(columns, lacksIds) }))
    const stored = branch.stored.map(file => ({
      ...file,
      columns: new Set([...columns, ...comparedColumns(lacksIds)]),
    }))
    const compared = overlapping.map(file => ({ ...file, columns: comparedColumns(lacksIds) }))
    const { schema, files: named } = namedInFiles([...wanted, ...stored, ...compared], [])
    return {
      branch,
      columns,
      files: named.slice(0, wanted.length),
      stored: named.slice(wanted.length, wanted.length + stored.length),
      compared: named.slice(wanted.length + stored.length),
      intervals,
      lacksIds,
      schema,
      bytes: bytesOf(named),
    }
  })
}

/**
 * The columns as the files name them, where one of them lacks a column: landing objects of an older release do, and files that
 * another engine wrote after it had renamed or dropped one. What a file does not have is null.
 * @throws ColumnMissing for a file that lacks one and has no field ids
 */
function namedInFiles(
  files: readonly WantedFile[],
  promoted: readonly PromotedColumn[],
): { readonly schema: string | undefined; readonly files: readonly WantedFile[] } {
  const ids = new Map([...columnIds, ...promoted.map(({ column, id }) => [column, id] as const)])
  const isWhole = ({ footer, columns }: WantedFile) => {
    const names = columnNamesById(footer)
    // The name alone may be that of a column which another engine added in the place of ours.
    const isHeld = (column: string) =>
      names.size === 0 ? footer.columns.includes(column) : names.get(ids.get(column)!) === column
    return [...columns].every(isHeld)
  }
  if (files.every(isWhole)) return { schema: undefined, files }
  const named = files.map(wanted => {
    const names = columnNamesById(wanted.footer)
    const missing = [...wanted.columns].find(column => !wanted.footer.columns.includes(column))
    if (names.size === 0) throw new ColumnMissing(wanted.file.key, missing)
    // Rows without any column could not be counted.
    const held = ['timestamp', ...wanted.columns].flatMap(column => names.get(ids.get(column)!) ?? [])
    return { ...wanted, columns: new Set(held) }
  })
  return { schema: schemaWithPromoted(promoted), files: named }
}

function bytesOf(files: readonly Omit<WantedParts, 'object'>[]): number {
  let bytes = 0
  for (const { footer, rowGroups, columns } of files) {
    for (const group of rowGroups) {
      for (const chunk of footer.rowGroups[group]!.chunks) if (columns.has(chunk.column)) bytes += chunk.bytes
    }
  }
  return bytes
}

/** @param deletes paths of local delete files, by key */
async function fetchBranch(
  wanted: WantedBranch,
  deletes: ReadonlyMap<string, string>,
  { run, signal }: PrepareOptions,
): Promise<SourceBranch> {
  const { branch, columns, intervals, lacksIds, schema } = wanted
  const take = (files: readonly WantedFile[]) =>
    Promise.all(
      files.map(async wantedFile => {
        const { file, ...parts } = wantedFile
        return localData(wantedFile, await run.take({ object: file, ...parts }, signal), deletes)
      }),
    )
  const [files, stored, compared] = await Promise.all([take(wanted.files), take(wanted.stored), take(wanted.compared)])
  const pathsOf = (taken: readonly LocalData[]) => taken.map(({ path }) => path)
  const relation =
    files.length === 0
      ? emptyRelation()
      : branch.kind === 'table'
        ? dataRelation(files, schema)
        : landingRelation(
            { landing: pathsOf(files), stored, compared: pathsOf(compared), intervals, lacksIds, schema },
            columns,
          )
  const { promoted, isFieldless, isWithin } = branch
  return { relation, promoted, isFieldless, isWithin }
}

/** @param deletes paths of local delete files, by key; without those that name no row of the files that are read */
function localData(
  { file, footer }: WantedFile,
  { path, rowGroups }: LocalPart,
  deletes: ReadonlyMap<string, string>,
): LocalData {
  const paths = file.deletes?.files.flatMap(({ key }) => deletes.get(key) ?? []) ?? []
  if (file.deletes === undefined || paths.length === 0) return { path }
  return { path, deletes: { uri: file.deletes.uri, paths, stretches: stretchesOf(footer, rowGroups) } }
}

function describe({ scan, plan, branches }: OpenedScan): PreparedScan {
  const files = branches.flatMap(branch => [...branch.files, ...branch.stored])
  const logGroups = new Set<string>()
  let [records, recordsSkipped, bytesSkipped] = [0, plan.skipped.rows, plan.skipped.bytes]
  for (const { footer, rowGroups } of files) {
    const known = groupSummaries(footer)?.keys() ?? boundsOf(footer, rowGroups)
    for (const name of known) if (isInGroups(name, scan.groups)) logGroups.add(name)
    footer.rowGroups.forEach(({ rows, chunks }, index) => {
      if (rowGroups.includes(index)) records += rows
      else {
        recordsSkipped += rows
        bytesSkipped += chunks.reduce((sum, { bytes }) => sum + bytes, 0)
      }
    })
  }
  return { files: files.length, records, recordsSkipped, bytesSkipped, logGroups, asOf: plan.asOf }
}

/** The first and the last log group of each row group. */
function boundsOf({ rowGroups }: FileFooter, chosen: readonly number[]): readonly string[] {
  return chosen.flatMap(index => {
    const chunk = rowGroups[index]!.chunks.find(({ column }) => column === 'log_group')
    const { min, max } = chunk?.statistics ?? { min: null, max: null }
    return [min, max].filter(bound => bound !== null).map(bound => Buffer.from(bound).toString())
  })
}
