import { createHash } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { linkDurably, renameDurably, unlinkAndPrune } from './disk-files.js'
import { fileLocks } from './disk-lock.js'
import { metaDirectory, pathOfKey } from './disk-path.js'
import { type OpenObject, openObject, readBytes, statFile } from './disk-read.js'
import { recordPath } from './disk-record.js'
import { walkDisk } from './disk-walk.js'
import { drafts } from './disk-write.js'
import { isErrno } from './errno.js'
import { NotFound, ObjectStoreError, PreconditionFailed, StorageFull } from './errors.js'
import { md5Etag } from './etag.js'
import type { KeepingStore, KeepOptions } from './keeping-store.js'
import { checkKey } from './key.js'
import type { CallOptions, GetOptions, ListOptions, ObjectEntry, ObjectHead, StoredObject } from './object-store.js'
import { resolveRange } from './range.js'

export interface DiskStoreOptions {
  /** Clock of `lastModified`. */
  readonly now?: () => Date
}

/** How many files are looked at together while listing and deleting. */
const parallelFiles = 32

/**
 * An object store in a directory, where other programs find the objects as plain files (`disk-path.ts` has the names;
 * a file that they put there is an object too). Any number of processes may use the directory together.
 *
 * An object is two files, its body and a record of ETag and metadata under `.meta/`. The record's name holds the body's
 * modification time, which is made unique for the key, so a body never meets the record of another. The record is on
 * the disk before the body gets its name by rename(2) or link(2), and that one step is what makes the object exist:
 * a crash leaves the old object or the new one, and at worst a record that nothing reads. Writers of a key take its
 * lock; a put with `ifNoneMatch` needs none, since link(2) has one winner. Readers take none.
 *
 * @throws StorageFull from every write when the file system is full
 */
export function diskStore(directory: string, options: DiskStoreOptions = {}): KeepingStore {
  const root = resolve(directory)
  const meta = join(root, metaDirectory)
  const records = join(meta, 'records')
  const locksDirectory = join(meta, 'locks')
  const locks = fileLocks()
  const writeDraft = drafts(meta, records, options.now ?? (() => new Date()))

  async function withObject<T>(operation: string, key: string, use: (object: OpenObject) => Promise<T>): Promise<T> {
    const object = await openObject(root, records, pathOfKey(key))
    if (object === undefined) throw new NotFound(`${operation}: no object ${key}`, key)
    try {
      return await use(object)
    } finally {
      await object.file.close()
    }
  }

  function head(operation: string, key: string): Promise<ObjectHead> {
    return withObject(operation, key, async object => headOf(key, object))
  }

  async function put(key: string, body: Uint8Array, call: KeepOptions): Promise<{ etag: string }> {
    const path = pathOfKey(key)
    const target = join(root, path)
    if (call.ifNoneMatch !== undefined && (await statFile(target)) !== undefined) throw exists(key)
    const etag = call.etag ?? md5Etag(body)
    const draft = await writeDraft(path, body, {
      etag,
      size: body.byteLength,
      metadata: call.metadata ?? {},
      ...(call.contentType !== undefined && { contentType: call.contentType }),
    })
    let committed = false
    try {
      call.signal?.throwIfAborted()
      if (call.ifNoneMatch === undefined) await locked(key, () => replace(key, draft.body, call.ifMatch))
      else if (!(await linkDurably(draft.body, target))) throw exists(key)
      committed = true
    } finally {
      await draft.discard(committed)
    }
    return { etag }
  }

  async function replace(key: string, draft: string, ifMatch: string | undefined): Promise<void> {
    const path = pathOfKey(key)
    const current = await statFile(join(root, path))
    if (ifMatch !== undefined) {
      if (current === undefined) throw new NotFound(`put: no object ${key} to match ${ifMatch}`, key)
      const { etag } = await head('put', key)
      if (etag !== ifMatch) throw new PreconditionFailed(`put: ${key} has ETag ${etag}, not ${ifMatch}`, key)
    }
    await renameDurably(draft, join(root, path))
    if (current !== undefined) await unlinkAndPrune(recordPath(records, path, current.mtimeNs), records)
  }

  async function remove(key: string): Promise<void> {
    const path = pathOfKey(key)
    const target = join(root, path)
    if ((await statFile(target)) === undefined) return
    await locked(key, async () => {
      const current = await statFile(target)
      if (current === undefined) return
      await unlinkAndPrune(target, root)
      await unlinkAndPrune(recordPath(records, path, current.mtimeNs), records)
    })
  }

  async function locked<T>(key: string, run: () => Promise<T>): Promise<T> {
    await mkdir(locksDirectory, { recursive: true })
    return locks.with(join(locksDirectory, createHash('sha256').update(key).digest('hex')), run)
  }

  async function* list(prefix: string, call: ListOptions): AsyncGenerator<ObjectEntry> {
    call.signal?.throwIfAborted()
    let batch: string[] = []
    for await (const { key } of walkDisk(root, { prefix, after: call.after })) {
      batch.push(key)
      if (batch.length < parallelFiles) continue
      yield* entriesOf(batch, call)
      batch = []
    }
    yield* entriesOf(batch, call)
  }

  async function* entriesOf(keys: readonly string[], call: CallOptions): AsyncGenerator<ObjectEntry> {
    const heads = await Promise.all(keys.map(key => head('list', key).catch(undefinedWhenGone)))
    for (const entry of heads) {
      call.signal?.throwIfAborted()
      if (entry === undefined) continue
      yield { key: entry.key, size: entry.size, etag: entry.etag, lastModified: entry.lastModified }
    }
  }

  return {
    async get(key: string, call: GetOptions = {}): Promise<StoredObject> {
      call.signal?.throwIfAborted()
      checkKey(key)
      return withObject('get', key, async object => {
        const { start, end } = resolveRange(key, call.range, object.size)
        const body = await readBytes(object.file, start, end)
        call.signal?.throwIfAborted()
        return { ...headOf(key, object), body }
      }).catch(rethrow('get', key))
    },

    async head(key: string, call: CallOptions = {}): Promise<ObjectHead> {
      call.signal?.throwIfAborted()
      checkKey(key)
      return head('head', key).catch(rethrow('head', key))
    },

    async put(key: string, body: Uint8Array, call: KeepOptions = {}): Promise<{ etag: string }> {
      call.signal?.throwIfAborted()
      checkKey(key)
      return put(key, body, call).catch(rethrow('put', key))
    },

    async *list(prefix: string, call: ListOptions = {}): AsyncGenerator<ObjectEntry> {
      try {
        yield* list(prefix, call)
      } catch (error) {
        rethrow('list', prefix)(error)
      }
    },

    async delete(keys: readonly string[], call: CallOptions = {}): Promise<void> {
      call.signal?.throwIfAborted()
      for (const key of keys) checkKey(key)
      for (let from = 0; from < keys.length; from += parallelFiles) {
        call.signal?.throwIfAborted()
        const some = [...new Set(keys.slice(from, from + parallelFiles))]
        await Promise.all(some.map(key => remove(key).catch(rethrow('delete', key))))
      }
    },
  }
}

function headOf(key: string, { size, lastModified, record }: OpenObject): ObjectHead {
  return {
    key,
    size,
    etag: record.etag,
    lastModified,
    metadata: record.metadata,
    ...(record.contentType !== undefined && { contentType: record.contentType }),
  }
}

function exists(key: string): PreconditionFailed {
  return new PreconditionFailed(`put: ${key} exists`, key)
}

function undefinedWhenGone(error: unknown): undefined {
  if (!(error instanceof NotFound)) throw error
}

/** Gives an error of the file system the words and the class of an object store's. */
function rethrow(operation: string, key: string): (error: unknown) => never {
  return error => {
    if (isErrno(error, 'ENOSPC', 'EDQUOT')) {
      throw new StorageFull(`${operation}: no room on the disk for ${key}`, key, { cause: error })
    }
    if (error instanceof Error && 'syscall' in error) {
      throw new ObjectStoreError(`${operation}: ${key}: ${error.message}`, key, { cause: error })
    }
    throw error
  }
}
