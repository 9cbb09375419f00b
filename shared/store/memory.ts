import { NotFound, PreconditionFailed } from './errors.js'
import { md5Etag } from './etag.js'
import type { KeepingStore, KeepOptions } from './keeping-store.js'
import { checkKey, compareKeys } from './key.js'
import type { CallOptions, GetOptions, ListOptions, ObjectEntry, ObjectHead, StoredObject } from './object-store.js'
import { resolveRange } from './range.js'

export interface MemoryStoreOptions {
  /** Clock of `lastModified`. */
  readonly now?: () => Date
}

/** An object store in this process's memory. */
export function memoryStore(options: MemoryStoreOptions = {}): KeepingStore {
  const now = options.now ?? (() => new Date())
  const objects = new Map<string, StoredObject>()

  function find(operation: string, key: string, call: CallOptions | undefined): StoredObject {
    call?.signal?.throwIfAborted()
    checkKey(key)
    const object = objects.get(key)
    if (object === undefined) throw new NotFound(`${operation}: no object ${key}`, key)
    return object
  }

  return {
    async get(key: string, call: GetOptions = {}): Promise<StoredObject> {
      const object = find('get', key, call)
      const { start, end } = resolveRange(key, call.range, object.size)
      return { ...object, body: object.body.slice(start, end) }
    },

    async head(key: string, call?: CallOptions): Promise<ObjectHead> {
      const { body: _, ...head } = find('head', key, call)
      return head
    },

    async put(key: string, body: Uint8Array, put: KeepOptions = {}): Promise<{ etag: string }> {
      put.signal?.throwIfAborted()
      checkKey(key)
      const current = objects.get(key)
      if (put.ifNoneMatch !== undefined && current !== undefined) {
        throw new PreconditionFailed(`put: ${key} exists`, key)
      }
      if (put.ifMatch !== undefined) {
        if (current === undefined) throw new NotFound(`put: no object ${key} to match ${put.ifMatch}`, key)
        if (current.etag !== put.ifMatch) {
          throw new PreconditionFailed(`put: ${key} has ETag ${current.etag}, not ${put.ifMatch}`, key)
        }
      }
      const etag = put.etag ?? md5Etag(body)
      objects.set(key, {
        key,
        size: body.byteLength,
        etag,
        lastModified: now(),
        metadata: { ...put.metadata },
        ...(put.contentType !== undefined && { contentType: put.contentType }),
        body: new Uint8Array(body),
      })
      return { etag }
    },

    async *list(prefix: string, list: ListOptions = {}): AsyncGenerator<ObjectEntry> {
      list.signal?.throwIfAborted()
      const { after } = list
      const keys = [...objects.keys()]
        .filter(key => key.startsWith(prefix) && (after === undefined || compareKeys(key, after) > 0))
        .sort(compareKeys)
      for (const key of keys) {
        list.signal?.throwIfAborted()
        const object = objects.get(key)
        if (object === undefined) continue
        yield { key, size: object.size, etag: object.etag, lastModified: object.lastModified }
      }
    },

    async delete(keys: readonly string[], call?: CallOptions): Promise<void> {
      call?.signal?.throwIfAborted()
      for (const key of keys) checkKey(key)
      for (const key of keys) objects.delete(key)
    },
  }
}
