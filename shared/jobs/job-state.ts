/**
 * What a job remembers between runs: JSON objects below `state/`, each written over the version that was read. A run
 * that was overtaken by another one notices when it writes.
 */
import { NotFound } from '../store/errors.js'
import type { CallOptions, ObjectStore } from '../store/object-store.js'
import { UnreadableState } from './errors.js'

export type StateStore = Pick<ObjectStore, 'get' | 'put'>

export interface StoredState {
  readonly value: unknown
  /** Null when there is no object yet. */
  readonly etag: string | null
}

/** @throws UnreadableState when the object is not JSON */
export async function readState(store: StateStore, key: string, options: CallOptions = {}): Promise<StoredState> {
  try {
    const { body, etag } = await store.get(key, options)
    return { value: parse(key, body), etag }
  } catch (error) {
    if (error instanceof NotFound) return { value: undefined, etag: null }
    throw error
  }
}

/**
 * Writes over the version with this ETag, or where there is nothing when it is null.
 * @throws PreconditionFailed or NotFound when another run wrote in between
 */
export async function writeState(
  store: StateStore,
  key: string,
  value: unknown,
  etag: string | null,
  options: CallOptions = {},
): Promise<string> {
  const condition = etag === null ? { ifNoneMatch: '*' as const } : { ifMatch: etag }
  const body = Buffer.from(JSON.stringify(value))
  return (await store.put(key, body, { ...condition, ...options, contentType: 'application/json' })).etag
}

function parse(key: string, body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString('utf8'))
  } catch (error) {
    throw new UnreadableState(key, 'is not JSON', error)
  }
}
