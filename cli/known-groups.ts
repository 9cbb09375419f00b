import { parseLandingKey } from '../shared/lake/landing-key.js'
import { readCatalogue } from '../shared/lake/ledger.js'
import { readKeyValues } from '../shared/parquet/read-footer.js'
import type { ObjectStore } from '../shared/store/object-store.js'
import { lakeCatalog } from './lake.js'

/** Enough to know the groups of the last hours, and few enough for a key press. */
const maxObjects = 200
const reads = 20

/**
 * Names of log groups without looking at events: those of the ledger, and those that the newest landing objects name in
 * their footers, of which a few kilobytes each are read.
 */
export async function knownGroups(lake: ObjectStore): Promise<readonly string[]> {
  const found: { key: string; size: number; latest: number }[] = []
  for await (const { key, size } of lake.list('landing/')) {
    const times = parseLandingKey(key)
    if (times !== null) found.push({ key, size, latest: times.maxTimestamp })
  }
  const newest = found.sort((a, b) => b.latest - a.latest).slice(0, maxObjects)
  const loaded = await lakeCatalog(lake).load()
  const catalogue = await readCatalogue(loaded?.metadata ?? null, lake)
  const groups = new Set(catalogue.map(({ name }) => name))
  for (let at = 0; at < newest.length; at += reads) {
    const batch = newest.slice(at, at + reads)
    for (const names of await Promise.all(batch.map(({ key, size }) => groupsIn(lake, key, size)))) {
      for (const name of names) groups.add(name)
    }
  }
  return [...groups].sort()
}

async function groupsIn(lake: ObjectStore, key: string, size: number): Promise<readonly string[]> {
  const read = async (start: number) => (await lake.get(key, { range: { start } })).body
  const text = (await readKeyValues(read, size)).get('tailrace.groups')
  return text === undefined ? [] : Object.keys(JSON.parse(text) as object)
}
