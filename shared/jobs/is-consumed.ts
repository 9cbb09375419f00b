import type { Catalog } from '../iceberg/catalog.js'
import { type Consumed, readConsumed } from '../lake/consumed.js'
import { loadWith } from '../lake/lake-dependencies.js'
import { parseLandingKey } from '../lake/landing-key.js'
import type { ObjectStore } from '../store/object-store.js'

/** How long the table's list is taken for what it was. */
const freshMs = 60_000

/** Whether the table has taken a landing object, by its list, which is read again each minute. */
export function isConsumedBy(
  catalog: Pick<Catalog, 'load'>,
  store: Pick<ObjectStore, 'get'>,
  now: () => number,
): (landingKey: string) => Promise<boolean> {
  let known: { readonly at: number; readonly list: Promise<Consumed> } | undefined
  return async landingKey => {
    if (parseLandingKey(landingKey) === null) return false
    if (known === undefined || now() - known.at > freshMs) {
      known = { at: now(), list: loadWith(catalog, table => readConsumed(table?.metadata ?? null, store)) }
      known.list.catch(() => {
        known = undefined
      })
    }
    return (await known.list).has(landingKey)
  }
}
