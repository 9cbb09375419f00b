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
  return {
    get: async (key, options) => (await store()).get(key, options),
    head: async (key, options) => (await store()).head(key, options),
    put: async (key, body, options) => (await store()).put(key, body, options),
    delete: async (keys, options) => (await store()).delete(keys, options),
    async *list(prefix, options) {
      yield* (await store()).list(prefix, options)
    },
  }
}
