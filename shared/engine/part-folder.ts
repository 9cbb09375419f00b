/**
 * The folder of cached parts: immutable files that appear whole (written aside, then renamed) and are evicted, least
 * recently used first, when there is more than the limit.
 *
 * Several processes may share a folder. A query holds its files by hard links in a folder of its own, so that no eviction,
 * by whomever, takes a file away from under it; what a killed process left is removed by the next one.
 */
import { copyFile, link, mkdir, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { processState, thisProcess } from '../store/process-identity.js'
import { type CachedName, cachedName, readCachedName } from './part-names.js'

export interface CachedFile extends CachedName {
  readonly path: string
}

interface Entry extends CachedFile {
  usedMs: number
}

/** How long the listing of a folder that others write to is believed. */
const listingMs = 10_000

let runs = 0

export class PartFolder {
  readonly #folder: string
  readonly #maxBytes: number
  /** By object, then by name. */
  #entries = new Map<string, Map<string, Entry>>()
  #listedMs = Number.NEGATIVE_INFINITY

  constructor(folder: string, maxBytes: number) {
    this.#folder = folder
    this.#maxBytes = maxBytes
  }

  /** What is there of an object, whatever the parts. */
  async filesOf(object: string): Promise<readonly CachedFile[]> {
    await this.#list()
    return [...(this.#entries.get(object)?.values() ?? [])]
  }

  /** Writes a file into the cache; `fill` gets a handle and gives what the file is. */
  async add(
    fill: (handle: Awaited<ReturnType<typeof open>>) => Promise<Omit<CachedName, 'bytes'>>,
  ): Promise<CachedFile> {
    await this.#list()
    const temporary = join(this.#folder, `.${await ownMark()}.tmp`)
    try {
      const handle = await open(temporary, 'w')
      let name: CachedName
      try {
        const parts = await fill(handle)
        name = { ...parts, bytes: (await handle.stat()).size }
      } finally {
        await handle.close()
      }
      return await this.#rename(temporary, name)
    } finally {
      await rm(temporary, { force: true })
    }
  }

  /** Makes a file of the cache out of one that was written in a folder of `hold`. */
  async adopt(path: string, name: Omit<CachedName, 'bytes'>): Promise<CachedFile> {
    return this.#rename(path, { ...name, bytes: (await stat(path)).size })
  }

  async #rename(from: string, name: CachedName): Promise<CachedFile> {
    const path = join(this.#folder, cachedName(name))
    await rename(from, path)
    const entry = { ...name, path, usedMs: Date.now() }
    remember(this.#entries, entry)
    return entry
  }

  /** A folder in which a query keeps hold of its files until it is released. */
  async hold(): Promise<{
    readonly folder: string
    keep(file: CachedFile): Promise<string>
    release(): Promise<void>
  }> {
    await this.#list()
    const folder = join(this.#folder, `run-${await ownMark()}`)
    await mkdir(folder, { recursive: true })
    return {
      folder,
      keep: async file => {
        const path = join(folder, `${cachedName(file)}.parquet`)
        await linkOrCopy(file.path, path)
        await this.#touch(file)
        return path
      },
      release: async () => {
        await rm(folder, { recursive: true, force: true })
        await this.#evict()
      },
    }
  }

  /** Forgets a file that is no longer there. */
  forget(file: CachedFile): void {
    const entries = this.#entries.get(file.object)
    entries?.delete(cachedName(file))
    if (entries?.size === 0) this.#entries.delete(file.object)
  }

  async #touch(file: CachedFile): Promise<void> {
    const entry = this.#entries.get(file.object)?.get(cachedName(file))
    const now = Date.now()
    if (entry !== undefined) entry.usedMs = now
    await utimes(file.path, new Date(now), new Date(now)).catch(() => {})
  }

  async #list(): Promise<void> {
    if (Date.now() - this.#listedMs < listingMs) return
    const isFirst = this.#listedMs === Number.NEGATIVE_INFINITY
    this.#listedMs = Date.now()
    // Logs are nobody else's business.
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    const entries = new Map<string, Map<string, Entry>>()
    for (const name of await readdir(this.#folder)) {
      const path = join(this.#folder, name)
      const known = readCachedName(name)
      if (known === null) {
        if (isFirst && (await isLeftOver(name))) await rm(path, { recursive: true, force: true })
        continue
      }
      const { size, mtimeMs } = await stat(path).catch(() => ({ size: -1, mtimeMs: 0 }))
      if (size === known.bytes) remember(entries, { ...known, path, usedMs: mtimeMs })
      else await rm(path, { force: true })
    }
    this.#entries = entries
  }

  async #evict(): Promise<void> {
    await this.#list()
    const entries = [...this.#entries.values()].flatMap(ofObject => [...ofObject.values()])
    let bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0)
    if (bytes <= this.#maxBytes) return
    for (const entry of entries.sort((a, b) => a.usedMs - b.usedMs)) {
      await rm(entry.path, { force: true })
      this.forget(entry)
      bytes -= entry.bytes
      if (bytes <= this.#maxBytes) return
    }
  }
}

function remember(entries: Map<string, Map<string, Entry>>, entry: Entry): void {
  const ofObject = entries.get(entry.object) ?? new Map<string, Entry>()
  entries.set(entry.object, ofObject.set(cachedName(entry), entry))
}

/** Names a run, or a file in the making, as of this process. */
async function ownMark(): Promise<string> {
  const { pid, started, host } = await thisProcess()
  return `${pid}-${started}-${host}-${runs++}`
}

const marked = /^(?:run-|\.)(\d{1,10})-(\d{0,20})-([0-9a-f]{8})-\d+(?:\.tmp)?$/

/** Of a process that is no more; those of other machines that share the folder may still run. */
async function isLeftOver(name: string): Promise<boolean> {
  const [, pid, started = '', host = ''] = marked.exec(name) ?? []
  return pid !== undefined && (await processState({ pid: Number(pid), started, host })) === 'gone'
}

async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return
    // A file system without hard links.
    if (code === 'EPERM' || code === 'ENOTSUP' || code === 'ENOSYS') await copyFile(from, to)
    else throw error
  }
}
