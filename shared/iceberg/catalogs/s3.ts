/**
 * A catalog that is nothing but objects in the table's folder: `metadata/v<N>.metadata.json`, each created with
 * If-None-Match, so that of all writers on version N − 1 one makes version N. `version-hint.text` is written afterwards
 * and is only a hint: it may be missing, behind, or lost. These are the names of Iceberg's Hadoop tables, which other
 * engines read by path.
 *
 * A writer that stalls for long must not find its version free again: whoever deletes old metadata leaves what is
 * younger than a day (`findOrphans`), which is far longer than a function can live. A machine that sleeps can stall for
 * longer: so the hint never goes back, and who finds it ahead of the version just made looks whether the table went that way.
 */
import { Conflict, NotFound, PreconditionFailed, StorageFull } from '../../store/errors.js'
import type { Catalog, LoadedTable } from '../catalog.js'
import { CatalogFailed, CommitConflict, CommitStateUnknown } from '../errors.js'
import { parseMetadata, printMetadata } from '../metadata-json.js'
import { withMetadataLog } from '../metadata-log.js'
import { withSignal } from '../read-manifests.js'
import { hintKeyOf, isGlueHint, metadataFolder, type TableFiles, uriOf } from '../table-files.js'
import type { TableMetadata } from '../table-metadata.js'
import { isRefusal } from './refusal.js'

export interface S3CatalogOptions {
  /** A new name for every attempt at a commit, such as a UUID: tells our own lost answer from another writer. */
  readonly newId: () => string
  /** Waits before asking again. */
  readonly sleep: (ms: number) => Promise<void>
}

const commitMetadata = 'tailrace-commit'
const tries = 3

export function s3Catalog(files: TableFiles, options: S3CatalogOptions): Catalog {
  const { store } = files
  const folder = metadataFolder(files)
  const keyOfVersion = (version: number): string => `${folder}v${version}.metadata.json`
  const hintKey = hintKeyOf(files)

  async function read(version: number, signal: AbortSignal | undefined): Promise<LoadedTable | null> {
    const key = keyOfVersion(version)
    const object = await unlessMissing(store.get(key, withSignal(signal)))
    if (object === null) return null
    const metadataLocation = uriOf(files, key)
    return { metadata: parseMetadata(object.body, metadataLocation), metadataLocation, version: String(version) }
  }

  async function hinted(signal: AbortSignal | undefined): Promise<number | null> {
    const object = await unlessMissing(store.get(hintKey, withSignal(signal)))
    const text = object === null ? '' : Buffer.from(object.body).toString().trim()
    if (isGlueHint(text))
      throw new CatalogFailed(`iceberg: ${hintKey} names ${text}: the table's last commit was through another catalog`)
    return /^\d{1,15}$/.test(text) ? Number(text) : null
  }

  async function newestListed(signal: AbortSignal | undefined): Promise<number | null> {
    let newest: number | null = null
    for await (const { key } of store.list(`${folder}v`, withSignal(signal))) {
      const version = /^v(\d{1,15})\.metadata\.json$/.exec(key.slice(folder.length))
      if (version !== null) newest = Math.max(newest ?? 0, Number(version[1]))
    }
    return newest
  }

  async function load(signal?: AbortSignal): Promise<LoadedTable | null> {
    const hint = await hinted(signal)
    let current = hint === null ? null : await read(hint, signal)
    if (current === null) {
      const newest = await newestListed(signal)
      if (newest === null) return null
      current = await read(newest, signal)
    }
    for (let next = current; next !== null; next = await read(Number(next.version) + 1, signal)) current = next
    return current
  }

  /** Whether this attempt made the version; null when nothing is there. */
  async function isOurs(version: number, commitId: string, signal: AbortSignal | undefined): Promise<boolean | null> {
    const head = await unlessMissing(store.head(keyOfVersion(version), withSignal(signal)))
    return head === null ? null : head.metadata[commitMetadata] === commitId
  }

  async function publish(version: number, metadata: TableMetadata, signal?: AbortSignal): Promise<LoadedTable> {
    const commitId = options.newId()
    const body = printMetadata(metadata)
    const key = keyOfVersion(version)
    const put = { ifNoneMatch: '*', metadata: { [commitMetadata]: commitId }, contentType: 'application/json' } as const
    await settle(
      async () => {
        try {
          await store.put(key, body, { ...put, ...withSignal(signal) })
        } catch (error) {
          if (!(error instanceof PreconditionFailed)) throw error
          const ours = await isOurs(version, commitId, signal)
          if (ours === false) throw new CommitConflict(`iceberg: ${key} is another writer's`, { cause: error })
          if (ours === null) throw error
        }
      },
      key,
      signal,
    )
    const made = { metadata, metadataLocation: uriOf(files, key), version: String(version) }
    const hint = await hinted(signal).catch(() => null)
    if (hint === null || hint <= version) {
      // The commit is done; a reader without the hint, or with an old one, finds it all the same.
      await store.put(hintKey, Buffer.from(String(version)), { contentType: 'text/plain' }).catch(() => undefined)
    } else if (!(await isFollowed(made, signal))) {
      throw new CommitConflict(`iceberg: ${key} was free again, the table is at version ${hint}`)
    }
    return made
  }

  /** Whether the next version was made on this one, and not on an earlier object of its name. */
  async function isFollowed(made: LoadedTable, signal: AbortSignal | undefined): Promise<boolean> {
    const next = await read(Number(made.version) + 1, signal)
    const base = next?.metadata['metadata-log']?.at(-1)
    return (
      base?.['metadata-file'] === made.metadataLocation && base['timestamp-ms'] === made.metadata['last-updated-ms']
    )
  }

  /** Asks again until an answer says whether the object was created: the same PUT is answered 412 by its own object. */
  async function settle(attempt: () => Promise<void>, key: string, signal: AbortSignal | undefined): Promise<void> {
    for (let tried = 1; ; tried++) {
      try {
        return await attempt()
      } catch (error) {
        if (error instanceof CommitConflict) throw error
        // Only at first: a request before it may have been applied without an answer.
        if (tried === 1 && (isRefusal(error) || error instanceof StorageFull)) {
          throw new CatalogFailed(`iceberg: ${key} cannot be written`, { cause: error })
        }
        if (tried === tries || signal?.aborted)
          throw new CommitStateUnknown(`iceberg: no answer for ${key}`, { cause: error })
        await options.sleep(error instanceof Conflict ? 20 * 2 ** tried : 100 * 2 ** tried)
      }
    }
  }

  return {
    load,

    async create(metadata, signal) {
      const present = await load(signal)
      if (present !== null) throw new CommitConflict(`iceberg: there is a table in ${files.location}`)
      return publish(1, metadata, signal)
    },

    async commit(base, metadata, signal) {
      return publish(Number(base.version) + 1, withMetadataLog(metadata, base), signal)
    },
  }
}

async function unlessMissing<T>(object: Promise<T>): Promise<T | null> {
  try {
    return await object
  } catch (error) {
    if (error instanceof NotFound) return null
    throw error
  }
}
