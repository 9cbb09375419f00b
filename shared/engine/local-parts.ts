/**
 * Brings the parts of objects that a query needs to local files. A file holds the column chunks that were asked for, one
 * after another, and a footer that names these and nothing else: what was not fetched cannot be read by mistake. Chunks
 * that a file of the cache already has are copied from there, the others are fetched by byte range, many at a time.
 *
 * Files that queries read again and again can be written again in a form that is quicker to read, while nobody waits.
 */
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { type ColumnChunk, type FileFooter, readFileFooter, subsetFooter } from '../parquet/footer.js'
import { FooterUnreadable } from '../parquet/read-footer.js'
import type { ByteRange, ObjectStore, StoredObject } from '../store/object-store.js'
import type { DuckDb } from './duckdb.js'
import { EngineFailed, ObjectChanged } from './errors.js'
import { fetchRanges } from './fetch-ranges.js'
import { type CachedFile, PartFolder } from './part-folder.js'
import { isRewritten, type ObjectVersion, objectName, partsName, rewrittenName } from './part-names.js'
import { rewritePart } from './rewrite-part.js'

export interface LocalPartsOptions {
  readonly store: ObjectStore
  /** Names the store among those that share the folder, such as `s3://bucket/prefix`. */
  readonly place: string
  readonly folder: string
  /** Of all cached files; those that a query is using may exceed it until it is done. */
  readonly maxBytes: number
  /** Requests at a time. */
  readonly requests?: number
  /** Objects up to this size are fetched whole, footer and all, in one request. */
  readonly wholeBytes?: number
  /** Called with the bytes of each answer. */
  readonly onFetch?: (bytes: number) => void
}

/** Of these objects, this is fetched. */
export interface WantedParts {
  readonly object: ObjectVersion
  readonly footer: FileFooter
  readonly rowGroups: readonly number[]
  readonly columns: ReadonlySet<string>
  /** Other row groups must not be in the file: nothing in the statement leaves their rows out. */
  readonly isExact?: boolean
}

/** A local file with parts of an object. */
export interface LocalPart {
  readonly path: string
  /** Which of the object's row groups it has, in its order; those that were asked for, and maybe others. */
  readonly rowGroups: readonly number[]
}

/** A query's local files and what they cost. */
export interface PartsRun {
  footer(object: ObjectVersion, signal?: AbortSignal): Promise<FileFooter>
  /** A file with these parts, for DuckDB to read. */
  take(wanted: WantedParts, signal?: AbortSignal): Promise<LocalPart>
  readonly fetched: { readonly bytes: number; readonly requests: number }
  readonly wholeBytes: number
  /** The run's own folder. */
  readonly folder: string
  /** The files are gone afterwards. */
  release(): Promise<void>
}

const defaultWholeBytes = 256 * 1024
/** More than most footers. */
const footerRead = 64 * 1024
const filesKnown = 20_000
const magic = Uint8Array.of(0x50, 0x41, 0x52, 0x31)
const rowGroupsKey = 'tailrace.row-groups'
/** Writing a file again costs as much as it saves in eight reads; most are read once or twice. */
const hotReads = 3
/** Smaller files are read in no time. */
const hotBytes = 1024 * 1024
/** Files that take more of the cache than one part in so many stay as they are: a second copy would push out the others. */
const hotShare = 8

interface Meter {
  bytes: number
  requests: number
}

/** A local file with other parts of an object. */
interface Sibling {
  readonly file: CachedFile
  readonly footer: FileFooter
  /** Which of the object's row groups it has. */
  readonly rowGroups: readonly number[]
}

export class LocalParts {
  readonly #options: LocalPartsOptions
  readonly #folder: PartFolder
  readonly #wholeBytes: number
  readonly #limit: <T>(task: () => Promise<T>) => Promise<T>
  /** By object, and of cached files by their path. */
  readonly #footers = new Map<string, FileFooter>()
  /** How often files were read that may be written again, by their path. */
  readonly #reads = new Map<string, { readonly file: CachedFile; times: number }>()

  constructor(options: LocalPartsOptions) {
    this.#options = options
    this.#folder = new PartFolder(options.folder, options.maxBytes)
    this.#wholeBytes = options.wholeBytes ?? defaultWholeBytes
    this.#limit = limiter(options.requests ?? 24)
  }

  async openRun(): Promise<PartsRun> {
    const meter: Meter = { bytes: 0, requests: 0 }
    const held = await this.#folder.hold()
    return {
      fetched: meter,
      wholeBytes: this.#wholeBytes,
      folder: held.folder,
      footer: (object, signal) => this.#footer(object, meter, signal),
      take: async (wanted, signal) => {
        for (let tries = 1; ; tries++) {
          const { file, rowGroups } = await this.#find(wanted, meter, signal)
          try {
            const path = await held.keep(file)
            this.#countRead(file)
            return { path, rowGroups }
          } catch (error) {
            // Another process has evicted it in between.
            if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || tries === 3) throw error
            this.#folder.forget(file)
          }
        }
      },
      release: held.release,
    }
  }

  /**
   * Writes files that were often read again, one after another. To be called while no query runs. The file that an aborted
   * signal stops is begun again by the next call; one for which memory or disk has no room stays as it is.
   */
  async rewriteHot(duckdb: Pick<DuckDb, 'stream'>, signal: AbortSignal): Promise<void> {
    for (const [path, read] of [...this.#reads]) {
      if (signal.aborted) return
      if (read.times < hotReads) continue
      try {
        await this.#rewrite(read.file, duckdb, signal)
        this.#reads.delete(path)
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException
        if (signal.aborted) return
        if (error instanceof EngineFailed || code === 'ENOSPC') read.times = Number.NEGATIVE_INFINITY
        else if (code === 'ENOENT') this.#reads.delete(path)
        else throw error
      }
    }
  }

  async #rewrite(file: CachedFile, duckdb: Pick<DuckDb, 'stream'>, signal: AbortSignal): Promise<void> {
    const held = await this.#folder.hold()
    try {
      const from = await held.keep(file)
      const footer = await this.#footerOfFile(file)
      if (footer === undefined) return
      const to = join(held.folder, 'rewritten')
      const rowGroups = footer.keyValues.get(rowGroupsKey) ?? ''
      await rewritePart(duckdb, { from, to, footer }, { [rowGroupsKey]: rowGroups }, signal)
      await this.#folder.adopt(to, rewrittenName(file))
    } finally {
      await held.release()
    }
  }

  #countRead(file: CachedFile): void {
    const isWorthIt = file.bytes >= hotBytes && file.bytes * hotShare <= this.#options.maxBytes
    if (!isWorthIt || isRewritten(file) || file.parts === 'whole') return
    const read = this.#reads.get(file.path)
    if (read === undefined) setWithin(this.#reads, file.path, { file, times: 1 })
    else read.times++
  }

  async #footer(object: ObjectVersion, meter: Meter, signal: AbortSignal | undefined): Promise<FileFooter> {
    const name = objectName(this.#options.place, object)
    const known = this.#footers.get(name)
    if (known !== undefined) return known
    const cached = (await this.#folder.filesOf(name)).find(({ parts }) => parts === 'footer' || parts === 'whole')
    const local = cached && (await this.#footerOfFile(cached))
    const footer = local ?? (await this.#fetchFooter(object, name, meter, signal))
    setWithin(this.#footers, name, footer)
    return footer
  }

  async #fetchFooter(
    object: ObjectVersion,
    name: string,
    meter: Meter,
    signal: AbortSignal | undefined,
  ): Promise<FileFooter> {
    const isWhole = object.size <= this.#wholeBytes
    let tail = await this.#get(object, isWhole ? undefined : { suffix: footerRead }, meter, signal)
    let footer = footerOf(object, tail)
    if (typeof footer === 'number') {
      tail = await this.#get(object, { suffix: footer }, meter, signal)
      footer = footerOf(object, tail)
    }
    if (typeof footer === 'number') throw new FooterUnreadable(`parquet: ${object.key}: the footer is cut off`)
    const bytes = isWhole ? tail : tail.subarray(tail.length - footer.bytes)
    await this.#folder.add(async handle => {
      await handle.writeFile(bytes)
      return { object: name, parts: isWhole ? 'whole' : 'footer' }
    })
    return footer
  }

  async #find(wanted: WantedParts, meter: Meter, signal: AbortSignal | undefined): Promise<Omit<Sibling, 'footer'>> {
    const name = objectName(this.#options.place, wanted.object)
    const siblings: Sibling[] = []
    const files = await this.#folder.filesOf(name)
    for (const file of files.toSorted((a, b) => Number(isRewritten(b)) - Number(isRewritten(a)))) {
      if (file.parts === 'footer') continue
      const isWhole = file.parts === 'whole'
      const footer = isWhole ? wanted.footer : await this.#footerOfFile(file)
      if (footer === undefined) continue
      const rowGroups = isWhole
        ? [...footer.rowGroups.keys()]
        : (footer.keyValues.get(rowGroupsKey) ?? '').split(',').map(Number)
      const hasColumns = isWhole || [...wanted.columns].every(column => footer.columns.includes(column))
      const hasRows = wanted.rowGroups.every(group => rowGroups.includes(group))
      const hasOthers = rowGroups.length > wanted.rowGroups.length
      if (hasColumns && hasRows && !(hasOthers && wanted.isExact === true)) return { file, rowGroups }
      // Chunks of rewritten files are others than the object's.
      if (!isRewritten(file)) siblings.push({ file, footer, rowGroups })
    }
    return { file: await this.#make(wanted, name, siblings, meter, signal), rowGroups: wanted.rowGroups }
  }

  async #make(
    wanted: WantedParts,
    name: string,
    siblings: readonly Sibling[],
    meter: Meter,
    signal: AbortSignal | undefined,
  ): Promise<CachedFile> {
    const { object, footer, rowGroups, columns } = wanted
    const pieces: (ColumnChunk & { readonly rowGroup: number; readonly chunk: number; readonly local: number })[] = []
    let end = magic.length
    for (const rowGroup of rowGroups) {
      footer.rowGroups[rowGroup]!.chunks.forEach((chunk, index) => {
        if (!columns.has(chunk.column)) return
        pieces.push({ ...chunk, rowGroup, chunk: index, local: end })
        end += chunk.bytes
      })
    }
    return this.#folder.add(async handle => {
      const missing: typeof pieces = []
      for (const piece of pieces) {
        if (!(await copyChunk(piece, footer, siblings, handle))) missing.push(piece)
      }
      const ranges = fetchRanges(missing)
      await Promise.all(
        ranges.map(async range => {
          const body = await this.#get(object, { start: range.start, end: range.end }, meter, signal)
          for (const { start, bytes, local } of range.pieces)
            await writeAt(handle, body.subarray(start - range.start, start - range.start + bytes), local)
        }),
      )
      const placed = pieces.map(({ rowGroup, chunk, local }) => ({ rowGroup, chunk, start: local }))
      const tail = subsetFooter(footer, rowGroups, columns, placed, { [rowGroupsKey]: rowGroups.join(',') })
      await writeAt(handle, magic, 0)
      await writeAt(handle, tail, end)
      return { object: name, parts: partsName(rowGroups, [...columns]) }
    })
  }

  /** @throws ObjectChanged when there is another object under the key by now */
  async #get(
    object: ObjectVersion,
    range: ByteRange | undefined,
    meter: Meter,
    signal: AbortSignal | undefined,
  ): Promise<Uint8Array> {
    const got: StoredObject = await this.#limit(() =>
      this.#options.store.get(object.key, {
        ...(range === undefined ? {} : { range }),
        ...(signal === undefined ? {} : { signal }),
      }),
    )
    meter.requests++
    meter.bytes += got.body.length
    this.#options.onFetch?.(got.body.length)
    if (got.size !== object.size || (object.etag !== null && got.etag !== object.etag))
      throw new ObjectChanged(object.key)
    return got.body
  }

  /** Of a local file; nothing when it is gone or damaged. */
  async #footerOfFile(file: CachedFile): Promise<FileFooter | undefined> {
    const known = this.#footers.get(file.path)
    if (known !== undefined) return known
    try {
      const handle = await open(file.path, 'r')
      try {
        const read = async (bytes: number) => {
          const length = Math.min(bytes, file.bytes)
          const { buffer } = await handle.read(Buffer.alloc(length), 0, length, file.bytes - length)
          return readFileFooter(buffer)
        }
        const first = await read(footerRead)
        const footer = typeof first === 'number' ? await read(first) : first
        if (typeof footer === 'number') return undefined
        setWithin(this.#footers, file.path, footer)
        return footer
      } finally {
        await handle.close()
      }
    } catch {
      this.#folder.forget(file)
      return undefined
    }
  }
}

/** Without the oldest, where there are too many. */
function setWithin<T>(known: Map<string, T>, name: string, value: T): void {
  if (known.size >= filesKnown) known.delete(known.keys().next().value!)
  known.set(name, value)
}

/** @throws FooterUnreadable, saying of which object */
function footerOf({ key, size }: ObjectVersion, tail: Uint8Array): FileFooter | number {
  try {
    const footer = readFileFooter(tail)
    if (typeof footer === 'number' && footer > size)
      throw new FooterUnreadable('parquet: a footer longer than the file')
    return footer
  } catch (cause) {
    throw new FooterUnreadable(`${key}: ${(cause as Error).message}`, { cause })
  }
}

/** Copies a chunk out of a local file that has it; false when none does. */
async function copyChunk(
  piece: ColumnChunk & { readonly rowGroup: number; readonly chunk: number; readonly local: number },
  footer: FileFooter,
  siblings: readonly Sibling[],
  handle: Awaited<ReturnType<typeof open>>,
): Promise<boolean> {
  // A column of several leaves: the n-th of them here is the n-th there.
  const leaf = footer.rowGroups[piece.rowGroup]!.chunks.slice(0, piece.chunk).filter(
    ({ column }) => column === piece.column,
  ).length
  for (const sibling of siblings) {
    const group = sibling.footer.rowGroups[sibling.rowGroups.indexOf(piece.rowGroup)]
    const chunk = group?.chunks.filter(({ column }) => column === piece.column)[leaf]
    if (chunk === undefined || chunk.bytes !== piece.bytes) continue
    try {
      const from = await open(sibling.file.path, 'r')
      try {
        const { buffer, bytesRead } = await from.read(Buffer.alloc(chunk.bytes), 0, chunk.bytes, chunk.start)
        if (bytesRead !== chunk.bytes) continue
        await writeAt(handle, buffer, piece.local)
        return true
      } finally {
        await from.close()
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
  }
  return false
}

/** All of it: a disk without room writes less than it was given. */
async function writeAt(handle: Awaited<ReturnType<typeof open>>, bytes: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < bytes.length; )
    done += (await handle.write(bytes, done, bytes.length - done, at + done)).bytesWritten
}

/** Runs no more tasks at a time than this. */
function limiter(most: number): <T>(task: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = []
  let running = 0
  return async task => {
    if (running === most) await new Promise<void>(start => waiting.push(start))
    else running++
    try {
      return await task()
    } finally {
      const next = waiting.shift()
      if (next === undefined) running--
      else next()
    }
  }
}
