/**
 * Rows of data files that another engine has deleted, by the position deletes that name them (Iceberg specification,
 * "Position Delete Files"): which parts of these matter, and which rows of local files they are about.
 *
 * Positions count the rows of the whole data file. A local file may hold some of its row groups, so that its rows have
 * other numbers.
 */
import { TableUnreadable } from '../iceberg/errors.js'
import { deleteFilesOf, type LakeFile } from '../lake/lake-reader.js'
import type { FileFooter, RowGroup } from '../parquet/footer.js'
import { quoteText } from '../sql/quote.js'
import type { PartsRun, WantedParts } from './local-parts.js'

/** Rows of a data file that stand together in a local file. */
export interface Stretch {
  /** Positions in the data file, the second one exclusive. */
  readonly from: number
  readonly to: number
  /** What a row's position is larger by than its number in the local file. */
  readonly shift: number
}

/** A file that is read, some rows of which are deleted. */
export interface FileWithDeletes {
  /** Its place among the files that are read. */
  readonly index: number
  /** As delete files name it. */
  readonly uri: string
  /** Local copies of the delete files that apply to it. */
  readonly paths: readonly string[]
  /** What of it is read. */
  readonly stretches: readonly Stretch[]
}

/** Of a file that is there from the first row to the last. */
export const wholeFile: readonly Stretch[] = [{ from: 0, to: Number.MAX_SAFE_INTEGER, shift: 0 }]

const columns = ['file_path', 'pos'] as const

/**
 * The parts of delete files that may name rows of these data files; each delete file once.
 * @throws TableUnreadable for one that names no rows
 */
export async function openDeletes(
  files: readonly LakeFile[],
  run: Pick<PartsRun, 'footer'>,
  signal: AbortSignal | undefined,
): Promise<readonly WantedParts[]> {
  const uris = new Map<string, string[]>()
  for (const { deletes } of files) {
    for (const { key } of deletes?.files ?? []) {
      const own = uris.get(key) ?? []
      uris.set(key, own)
      own.push(deletes!.uri)
    }
  }
  const opened = await Promise.all(
    deleteFilesOf(files).map(async (object): Promise<WantedParts> => {
      const footer = await run.footer(object, signal)
      const missing = columns.find(column => !footer.columns.includes(column))
      if (missing !== undefined) {
        throw new TableUnreadable(`iceberg: ${object.key} is listed as position deletes and has no column ${missing}`)
      }
      const paths = uris.get(object.key)!.map(uri => Buffer.from(uri))
      const rowGroups = footer.rowGroups.flatMap((group, index) => (mayName(group, paths) ? [index] : []))
      return { object, footer, rowGroups, columns: new Set(columns) }
    }),
  )
  return opened.filter(({ rowGroups }) => rowGroups.length > 0)
}

function mayName({ chunks }: RowGroup, paths: readonly Uint8Array[]): boolean {
  const { min, max } = chunks.find(({ column }) => column === 'file_path')!.statistics
  if (min === null || max === null) return true
  return paths.some(path => Buffer.compare(min, path) <= 0 && Buffer.compare(path, max) <= 0)
}

/** @param rowGroups that the local file has, in its order */
export function stretchesOf(
  { rowGroups: all }: Pick<FileFooter, 'rowGroups'>,
  rowGroups: readonly number[],
): Stretch[] {
  const starts = [0]
  for (const { rows } of all) starts.push(starts.at(-1)! + rows)
  const stretches: Stretch[] = []
  let local = 0
  for (const group of rowGroups) {
    const [from, to] = [starts[group]!, starts[group + 1]!]
    const last = stretches.at(-1)
    if (last?.to === from) stretches[stretches.length - 1] = { ...last, to }
    else stretches.push({ from, to, shift: from - local })
    local += to - from
  }
  return stretches
}

/**
 * A SELECT of `deleted_file` and `deleted_row`: the place of a file among those that are read, and the number of a row in it.
 * A row that several deletes name is there several times.
 */
export function deletedRowsSql(files: readonly FileWithDeletes[]): string {
  const paths = [...new Set(files.flatMap(file => file.paths))]
  const numbers = new Map(paths.map((path, number) => [path, number]))
  const values = files.flatMap(({ index, uri, paths: own, stretches }) =>
    stretches.map(({ from, to, shift }) => {
      const applied = own.map(path => numbers.get(path)!).join(', ')
      return `(${index}, ${quoteText(uri)}, [${applied}], ${from}, ${to}, ${shift})`
    }),
  )
  return `SELECT deleted_file, pos - shift AS deleted_row
FROM read_parquet([${paths.map(quoteText).join(', ')}]) AS deletes
JOIN (VALUES ${values.join(', ')}) AS named(deleted_file, uri, applied, first_row, end_row, shift)
  ON deletes.file_path = uri AND list_contains(applied, deletes.file_index::INTEGER)
  AND deletes.pos >= first_row AND deletes.pos < end_row`
}
