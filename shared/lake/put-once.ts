/**
 * Writing an object exactly once under a key that every attempt computes alike.
 *
 * `If-None-Match: *` answers 412 both when another delivery was first and when our own PUT was applied but its answer
 * was lost and a retry met our own object. The attempt's id in the object's metadata tells the two apart. 409 is a race
 * with a PUT in flight: once more.
 */
import { Conflict, NotFound, PreconditionFailed } from '../store/errors.js'
import type { ObjectWriter } from '../store/object-store.js'

export interface PutOnceOptions {
  /** Unique to this attempt at the invocation, not to the invocation: Lambda's retries share a request id. */
  readonly attemptId: string
  readonly metadata?: Readonly<Record<string, string>>
  readonly contentType: string
  readonly signal?: AbortSignal
  /** Waits before a retry. */
  readonly sleep: (ms: number) => Promise<void>
}

const attemptMetadata = 'tailrace-attempt'
const conflictTries = 5

/**
 * `created` when this attempt wrote the object, `existed` when another did (or it is already gone again: `commit` deletes
 * only what the table holds).
 * @throws ObjectStoreError when the store fails; the caller may try again, the outcome is the same
 */
export async function putOnce(
  store: ObjectWriter,
  key: string,
  body: Uint8Array,
  options: PutOnceOptions,
): Promise<'created' | 'existed'> {
  const { attemptId, contentType, sleep } = options
  const signal = options.signal === undefined ? {} : { signal: options.signal }
  const metadata = { ...options.metadata, [attemptMetadata]: attemptId }
  for (let attempt = 1; ; attempt++) {
    try {
      await store.put(key, body, { ifNoneMatch: '*', metadata, contentType, ...signal })
      return 'created'
    } catch (error) {
      if (error instanceof PreconditionFailed) return await whoWrote(store, key, attemptId, signal)
      if (!(error instanceof Conflict) || attempt === conflictTries) throw error
      await sleep(20 * 2 ** attempt)
    }
  }
}

async function whoWrote(
  store: ObjectWriter,
  key: string,
  attemptId: string,
  options: { readonly signal?: AbortSignal },
): Promise<'created' | 'existed'> {
  try {
    const { metadata } = await store.head(key, options)
    return metadata[attemptMetadata] === attemptId ? 'created' : 'existed'
  } catch (error) {
    if (error instanceof NotFound) return 'existed'
    throw error
  }
}
