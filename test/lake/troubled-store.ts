import { setImmediate as turn } from 'node:timers/promises'
import { ObjectStoreError } from '../../shared/store/errors.js'
import type { ObjectStore } from '../../shared/store/object-store.js'
import type { Trouble } from './schedule.js'

export interface Troubled extends ObjectStore {
  /** Whether its trouble has come. */
  isTroubled(): boolean
}

/** The store as somebody sees it whose calls take turns with those of others, and who meets with trouble. */
export function troubledStore(store: ObjectStore, trouble: Trouble, random: () => number): Troubled {
  let calls = 0
  let isDead = false
  let hasMet = false
  const step = async <T>(what: string, run: () => Promise<T>): Promise<T> => {
    for (let turns = Math.floor(random() * 3); turns > 0; turns--) await turn()
    if (isDead) throw new ObjectStoreError(`${what}: the process is gone`, '')
    calls++
    if (trouble === null || calls !== trouble.at) return await run()
    hasMet = true
    isDead = trouble.isLast
    if (trouble.isApplied) await run()
    throw new ObjectStoreError(`${what}: no answer`, '')
  }
  return {
    isTroubled: () => hasMet,
    get: (...args) => step('get', () => store.get(...args)),
    head: (...args) => step('head', () => store.head(...args)),
    put: (...args) => step('put', () => store.put(...args)),
    delete: (...args) => step('delete', () => store.delete(...args)),
    async *list(...args) {
      await step('list', async () => undefined)
      for await (const entry of store.list(...args)) {
        if (random() < 0.2) await turn()
        yield entry
      }
    },
  }
}

/** Numbers from 0 to 1 that a seed repeats (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
