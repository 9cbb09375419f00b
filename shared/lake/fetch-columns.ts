/** Local copies of objects, whole or only the columns and row groups that are needed. */
import { open, writeFile } from 'node:fs/promises'
import { type ColumnChunk, type FileFooter, type PlacedChunk, readFileFooter, subsetFooter } from '../parquet/footer.js'
import { FooterUnreadable } from '../parquet/read-footer.js'
import type { ObjectStore } from '../store/object-store.js'

type Reader = Pick<ObjectStore, 'get'>

/** How many requests run at a time. */
const requests = 16

/** More than most footers. */
const footerRead = 64 * 1024

/** Objects up to this size are fetched whole: a request costs more than the bytes. */
const wholeBytes = 512 * 1024

export async function fetchWhole(store: Reader, key: string, path: string, signal?: AbortSignal): Promise<void> {
  const { body } = await store.get(key, signal === undefined ? {} : { signal })
  await writeFile(path, body)
}

export interface ColumnsWanted {
  readonly key: string
  readonly size: number
  readonly columns: ReadonlySet<string>
  /** Whether a row group may hold what is looked for. */
  readonly keeps: (chunks: readonly ColumnChunk[]) => boolean
}

/**
 * Writes a Parquet file with these columns of an object and no others.
 * @returns false when no row group is wanted: there is no file then
 * @throws FooterUnreadable
 */
export async function fetchColumns(
  store: Reader,
  { key, size, columns, keeps }: ColumnsWanted,
  path: string,
  signal?: AbortSignal,
): Promise<boolean> {
  if (size <= wholeBytes) {
    await fetchWhole(store, key, path, signal)
    return true
  }
  const footer = await fetchFooter(store, key, signal)
  const rowGroups = footer.rowGroups.flatMap((group, index) => (keeps(group.chunks) ? [index] : []))
  if (rowGroups.length === 0) return false
  const file = await open(path, 'w')
  try {
    await file.write('PAR1')
    let at = 4
    const placed: PlacedChunk[] = []
    const wanted: { readonly from: number; readonly bytes: number; readonly at: number }[] = []
    for (const rowGroup of rowGroups) {
      footer.rowGroups[rowGroup]!.chunks.forEach(({ column, start, bytes }, chunk) => {
        if (!columns.has(column)) return
        placed.push({ rowGroup, chunk, start: at })
        wanted.push({ from: start, bytes, at })
        at += bytes
      })
    }
    await inParallel(wanted, async ({ from, bytes, at: to }) => {
      const range = { start: from, end: from + bytes - 1 }
      const { body } = await store.get(key, { range, ...(signal === undefined ? {} : { signal }) })
      await file.write(body, 0, body.length, to)
    })
    const tail = subsetFooter(footer, rowGroups, columns, placed, {})
    await file.write(tail, 0, tail.length, at)
    return true
  } finally {
    await file.close()
  }
}

async function fetchFooter(store: Reader, key: string, signal: AbortSignal | undefined): Promise<FileFooter> {
  const read = async (suffix: number) =>
    readFileFooter((await store.get(key, { range: { suffix }, ...(signal === undefined ? {} : { signal }) })).body)
  const first = await read(footerRead)
  const footer = typeof first === 'number' ? await read(first) : first
  if (typeof footer === 'number') throw new FooterUnreadable(`parquet: ${key}: a footer longer than it says`)
  return footer
}

/** Runs the work on all items, so many at a time; the first failure ends it. */
export async function inParallel<T>(
  items: readonly T[],
  work: (item: T, index: number) => Promise<void>,
): Promise<void> {
  let next = 0
  const worker = async () => {
    while (next < items.length) {
      const index = next++
      await work(items[index]!, index)
    }
  }
  await Promise.all(Array.from({ length: Math.min(requests, items.length) }, worker))
}
