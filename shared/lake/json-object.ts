/** JSON objects of the lake's own state. Keys that end in `.gz` hold them compressed. */
import { gunzipSync, gzipSync } from 'node:zlib'
import { NotFound } from '../store/errors.js'
import type { ObjectStore } from '../store/object-store.js'
import { LakeStateUnreadable } from './errors.js'

/** What our own state objects say of themselves. */
interface Versioned {
  readonly version: number
}

/**
 * An object that the table refers to.
 * @param version that it must have
 * @throws LakeStateUnreadable when it is gone, or is no JSON object of that version: to guess would be to count twice
 */
export async function readJson<T extends Versioned>(
  store: Pick<ObjectStore, 'get'>,
  key: string,
  version: number,
  signal?: AbortSignal,
): Promise<T> {
  const body = await bodyOf(store, key, signal)
  let value: T
  try {
    value = JSON.parse(new TextDecoder().decode(key.endsWith('.gz') ? gunzipSync(body) : body)) as T
  } catch (cause) {
    throw new LakeStateUnreadable(key, { cause })
  }
  if (value?.version !== version) throw new LakeStateUnreadable(key)
  return value
}

/** @throws LakeStateUnreadable when it is gone */
export async function bodyOf(
  store: Pick<ObjectStore, 'get'>,
  key: string,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  try {
    return (await store.get(key, signal === undefined ? {} : { signal })).body
  } catch (error) {
    if (error instanceof NotFound) throw new LakeStateUnreadable(key, { cause: error })
    throw error
  }
}

/** Under a key that is new, so that writing it again after a lost answer changes nothing. */
export async function writeJson<T extends Versioned>(
  store: Pick<ObjectStore, 'put'>,
  key: string,
  value: T,
  signal?: AbortSignal,
): Promise<void> {
  const text = new TextEncoder().encode(JSON.stringify(value))
  const isCompressed = key.endsWith('.gz')
  await store.put(key, isCompressed ? gzipSync(text) : text, {
    contentType: isCompressed ? 'application/gzip' : 'application/json',
    ...(signal === undefined ? {} : { signal }),
  })
}
