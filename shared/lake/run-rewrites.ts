/** The rewrites of a compaction, one after the other: what cannot be merged is set aside and holds no other up. */
import type { DataFile } from '../iceberg/data-file.js'
import { CatalogFailed } from '../iceberg/errors.js'
import { NotFound } from '../store/errors.js'
import { MergeFailed } from './errors.js'
import type { LakeDependencies } from './lake-dependencies.js'
import type { Rewrite } from './plan-compaction.js'
import { type RewriteOptions, type Rewritten, rewriteFiles } from './rewrite-files.js'

export interface Unmerged {
  /** Paths of data files that stay as they are; one of them at least is why. */
  readonly files: readonly string[]
  readonly reason: string
}

export interface RewriteReport {
  readonly rewrites: readonly Rewritten[]
  /** Rewrites that another writer made needless. */
  readonly overtaken: number
  /** Rewrites left for the next run, for want of time. */
  readonly postponed: number
  readonly unmerged: readonly Unmerged[]
  /** Whether all rows that were to move have moved. */
  readonly isMoved: boolean
}

/**
 * @param deadline after which no rewrite begins, ms since the epoch
 * @throws CatalogFailed
 */
export async function runRewrites(
  deps: LakeDependencies,
  planned: readonly Rewrite[],
  options: RewriteOptions,
  deadline: number,
): Promise<RewriteReport> {
  const run = new Run(deps, options, deadline)
  let isMoved = true
  for (const rewrite of planned) {
    if (!(await run.rewrite(rewrite.files, rewrite.reason)) && rewrite.reason === 'moved') isMoved = false
  }
  const { rewrites, overtaken, postponed, unmerged } = run
  return { rewrites, overtaken, postponed, unmerged, isMoved }
}

class Run {
  readonly rewrites: Rewritten[] = []
  overtaken = 0
  postponed = 0
  readonly unmerged: Unmerged[] = []
  readonly #deps: LakeDependencies
  readonly #options: RewriteOptions
  readonly #deadline: number

  constructor(deps: LakeDependencies, options: RewriteOptions, deadline: number) {
    this.#deps = deps
    this.#options = options
    this.#deadline = deadline
  }

  /** @returns whether the files were all written anew */
  async rewrite(files: readonly DataFile[], reason: Rewrite['reason']): Promise<boolean> {
    if (this.#deps.now() >= this.#deadline) {
      this.postponed++
      return false
    }
    try {
      const rewritten = await rewriteFiles(this.#deps, files, this.#options)
      if (rewritten === null) this.overtaken++
      else this.rewrites.push(rewritten)
      return rewritten !== null
    } catch (error) {
      this.#options.signal?.throwIfAborted()
      // That is about the table, and all the others would be merged in vain.
      if (error instanceof CatalogFailed) throw error
      return await this.#setAside(files, reason, error)
    }
  }

  /** Looks in each half for the file that cannot be merged, so that the others are not left with it. */
  async #setAside(files: readonly DataFile[], reason: Rewrite['reason'], error: unknown): Promise<boolean> {
    const before = this.unmerged.length
    const middle = files.length >> 1
    const isOfFile = error instanceof MergeFailed || error instanceof NotFound
    const halves = isOfFile ? [files.slice(0, middle), files.slice(middle)] : []
    // Nothing is gained by writing a lone small file anew.
    const tried = halves.filter(half => half.length > (reason === 'small' ? 1 : 0) && half.length < files.length)
    let isDone = tried.length > 0
    for (const half of tried) isDone = (await this.rewrite(half, reason)) && isDone
    const left = files.filter(file => !tried.some(half => half.includes(file)))
    if (isDone && left.length === 0) return true
    if (this.unmerged.length === before && left.length > 0) {
      this.unmerged.push({ files: left.map(({ filePath }) => filePath), reason: messageOf(error) })
    }
    return false
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
