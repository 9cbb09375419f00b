import { ObjectStoreError } from '../shared/store/errors.js'
import type { ObjectStore } from '../shared/store/object-store.js'

/**
 * The store that `s3://bucket/prefix` names. Loads the SDK's client with the first call: a lake on disk never needs it, and
 * it takes longer than a query.
 */
export function lazyS3Store(place: string): ObjectStore {
  let opened: Promise<ObjectStore> | undefined
  const store = () => {
    opened ??= Promise.all([import('../shared/store/s3.js'), import('./s3-place.js')]).then(([s3, places]) =>
      s3.s3Store(places.s3Place(place)!),
    )
    return opened
  }
  const call = async <T>(run: (store: ObjectStore) => Promise<T>): Promise<T> => {
    try {
      return await run(await store())
    } catch (error) {
      throw placed(place, error)
    }
  }
  return {
    get: (key, options) => call(opened => opened.get(key, options)),
    head: (key, options) => call(opened => opened.head(key, options)),
    put: (key, body, options) => call(opened => opened.put(key, body, options)),
    delete: (keys, options) => call(opened => opened.delete(keys, options)),
    async *list(prefix, options) {
      try {
        yield* (await store()).list(prefix, options)
      } catch (error) {
        throw placed(place, error)
      }
    },
  }
}

/** Keys are those of the lake: which bucket it was, the user has to be told, too. */
function placed(place: string, error: unknown): unknown {
  if (error instanceof ObjectStoreError) error.message = `${place}: ${error.message}`
  return error
}
