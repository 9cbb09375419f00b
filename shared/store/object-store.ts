/**
 * The object store port: what Tailrace needs of S3 and nothing else. Adapters (memory, disk, s3) are held to one
 * conformance suite, `test/store/object-store-suite.ts`. Keys are UTF-8 strings of 1 to 1,024 bytes; another one is
 * InvalidKey. An aborted call rejects with its signal's reason; whether an aborted put was applied is not known.
 */
export interface ObjectStore {
  /** @throws NotFound when there is no object; InvalidRange when the range starts past its end */
  get(key: string, options?: GetOptions): Promise<StoredObject>
  /** @throws NotFound */
  head(key: string, options?: CallOptions): Promise<ObjectHead>
  /**
   * Atomic: readers see the old object or the new one. Durable when it returns. The body must not change meanwhile.
   * @throws PreconditionFailed when `ifNoneMatch` finds an object, or `ifMatch` another ETag
   * @throws NotFound when `ifMatch` finds no object
   * @throws Conflict when a concurrent conditional write to the key was in flight: try again
   */
  put(key: string, body: Uint8Array, options?: PutOptions): Promise<{ readonly etag: string }>
  /**
   * Every key with the prefix, in ascending order of its UTF-8 bytes, after `after` when given. Pages are fetched as
   * the loop asks for them; a key written or deleted meanwhile may show or not.
   */
  list(prefix: string, options?: ListOptions): AsyncIterable<ObjectEntry>
  /**
   * Deletes any number of keys; a key that is not there counts as deleted.
   * @throws DeleteFailed when some could not be deleted; all of them were tried
   */
  delete(keys: readonly string[], options?: CallOptions): Promise<void>
}

/** The part of a store that lands objects: what ingest is given, so that its bundle and its role hold nothing else. */
export type ObjectWriter = Pick<ObjectStore, 'head' | 'put'>

export interface CallOptions {
  readonly signal?: AbortSignal
}

/** Bytes `start` to `end` inclusive (to the last byte without `end`), or the last `suffix` bytes. */
export type ByteRange = { readonly start: number; readonly end?: number } | { readonly suffix: number }

export interface GetOptions extends CallOptions {
  readonly range?: ByteRange
}

export interface PutOptions extends CallOptions {
  /** Write only when there is no object under the key. */
  readonly ifNoneMatch?: '*'
  /** Write only over the object with this ETag. */
  readonly ifMatch?: string
  /** User metadata: lower-case names, ASCII values, 2 KB in all. */
  readonly metadata?: Readonly<Record<string, string>>
  readonly contentType?: string
}

export interface ListOptions extends CallOptions {
  readonly after?: string
}

export interface ObjectEntry {
  readonly key: string
  /** Bytes of the whole object. */
  readonly size: number
  /** Opaque, with quotes as S3 sends it. */
  readonly etag: string
  readonly lastModified: Date
}

export interface ObjectHead extends ObjectEntry {
  readonly contentType?: string
  readonly metadata: Readonly<Record<string, string>>
}

export interface StoredObject extends ObjectHead {
  /** The requested bytes: the range, or all of the object. */
  readonly body: Uint8Array
}
