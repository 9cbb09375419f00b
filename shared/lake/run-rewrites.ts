/**
 * The rewrites of a compaction, one after the other: what cannot be merged is named and holds no other up. What fails is
 * halved, and a file is named only when it fails twice by itself, so that nothing that passes names one.
 */
import type { DataFile } from '../iceberg/data-file.js'
import { CatalogFailed } from '../iceberg/errors.js'
import { NotFound } from '../store/errors.js'
import { MergeFailed } from './errors.js'
import type { LakeDependencies } from './lake-dependencies.js'
import type { Rewrite } from './plan-compaction.js'
import { type RewriteOptions, type Rewritten, rewriteFiles } from './rewrite-files.js'

export interface Unmerged {
  /** Paths of data files that stay as they are: the one that is why, or several of which no one alone is. */
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
  /** Small files that were tried by themselves, and can be merged. */
  readonly #sound: DataFile[] = []

  constructor(deps: LakeDependencies, options: RewriteOptions, deadline: number) {
    this.#deps = deps
    this.#options = options
    this.#deadline = deadline
  }

  /** @returns whether the files were all written anew, but for those that stay as they are by themselves */
  async rewrite(files: readonly DataFile[], reason: Rewrite['reason']): Promise<boolean> {
    const isDone = await this.#rewrite(files, reason)
    const left = this.#sound.splice(0)
    if (left.length < 2) return isDone
    const again = await this.#attempt(left, reason)
    if (again.error !== null) this.#name(left, again.error)
    return isDone
  }

  async #rewrite(files: readonly DataFile[], reason: Rewrite['reason']): Promise<boolean> {
    const { isDone, error } = await this.#attempt(files, reason)
    if (error === null) return isDone
    const middle = files.length >> 1
    const isOfFile = error instanceof MergeFailed || error instanceof NotFound
    if (isOfFile && middle > 0) {
      const first = await this.#rewrite(files.slice(0, middle), reason)
      return (await this.#rewrite(files.slice(middle), reason)) && first
    }
    const again = isOfFile ? await this.#attempt(files, reason) : { isDone, error }
    if (again.error !== null) this.#name(files, again.error)
    return again.isDone
  }

  /** One try; the error is what the files may be the reason of. */
  async #attempt(files: readonly DataFile[], reason: Rewrite['reason']): Promise<Attempt> {
    if (this.#deps.now() >= this.#deadline) {
      this.postponed++
      return { isDone: false, error: null }
    }
    // Nothing is gained by writing a lone small file anew: whether it can be merged is all that there is to know.
    const isTrial = reason === 'small' && files.length === 1
    try {
      const rewritten = await rewriteFiles(this.#deps, files, { ...this.#options, isTrial })
      if (rewritten === null) this.overtaken++
      else if (isTrial) this.#sound.push(...files)
      else this.rewrites.push(rewritten)
      return { isDone: rewritten !== null, error: null }
    } catch (error) {
      this.#options.signal?.throwIfAborted()
      // That is about the table, and all the others would be merged in vain.
      if (error instanceof CatalogFailed) throw error
      return { isDone: false, error }
    }
  }

  #name(files: readonly DataFile[], error: unknown): void {
    this.unmerged.push({ files: files.map(({ filePath }) => filePath), reason: messageOf(error) })
  }
}

interface Attempt {
  readonly isDone: boolean
  /** Null where there is none. */
  readonly error: unknown
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
