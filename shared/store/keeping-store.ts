import type { ObjectStore, PutOptions } from './object-store.js'

/** A store that keeps the bytes itself (memory, disk) and so can do what a server standing on it needs. */
export interface KeepingStore extends ObjectStore {
  put(key: string, body: Uint8Array, options?: KeepOptions): Promise<{ readonly etag: string }>
}

export interface KeepOptions extends PutOptions {
  /** The ETag to keep, with quotes; the quoted MD5 of the body without it. */
  readonly etag?: string
}
