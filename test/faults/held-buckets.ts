import type { FaultHook, RequestInfo } from '../../local/fault.js'
import type { Buckets } from '../../local/services/s3/buckets.js'
import type { KeepingStore } from '../../shared/store/keeping-store.js'
import { prefix } from './built-function.js'

/** A request about to be applied, or applied and not answered yet; the store waits for who is told of it. */
export interface Moment {
  readonly when: 'before' | 'after'
  readonly operation: 'put' | 'head'
  /** `landing`, or `quarantine/<reason>`. */
  readonly place: string
}

/** What a test does to the requests of its buckets. */
export interface Holds {
  /** Requests that S3 got of the function, in order. */
  readonly requests: RequestInfo[]
  /** Fails requests. */
  onRequest: FaultHook | undefined
  /** Holds requests; a rejection keeps one from being applied, or answered. */
  onMoment: ((moment: Moment) => Promise<void> | void) | undefined
}

/** The bucket that a name stands for, with what is done to its requests; undefined for one that is left alone. */
export type BucketLookup = (name: string) => { readonly bucket: string; readonly holds: Holds } | undefined

/** Buckets whose stores tell `onMoment` of each write and look, before and after it is done. */
export function heldBuckets(buckets: Buckets, lookup: BucketLookup): Buckets {
  return {
    ...buckets,
    async open(name) {
      const found = lookup(name)
      const store = await buckets.open(found?.bucket ?? name)
      return store === undefined || found === undefined ? store : heldStore(store, found.holds)
    },
  }
}

function heldStore(store: KeepingStore, holds: Holds): KeepingStore {
  async function held<T>(operation: Moment['operation'], key: string, run: () => Promise<T>): Promise<T> {
    const place = key.startsWith(prefix) ? 'landing' : key.split('/').slice(0, -1).join('/')
    await holds.onMoment?.({ when: 'before', operation, place })
    try {
      return await run()
    } finally {
      await holds.onMoment?.({ when: 'after', operation, place })
    }
  }
  return {
    ...store,
    put: (key, body, options) => held('put', key, () => store.put(key, body, options)),
    head: (key, options) => held('head', key, () => store.head(key, options)),
  }
}
