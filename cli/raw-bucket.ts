import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { diskStore } from '../shared/store/disk.js'
import type { ObjectStore } from '../shared/store/object-store.js'
import { openLake } from './lake.js'

/** The raw bucket of that name; without one that of the one-machine system. Throws when there is none. */
export function openRaw(place: string | undefined): ObjectStore {
  if (place !== undefined) return openLake(place)
  const buckets = join('.tailrace', 's3')
  const found = existsSync(buckets) ? readdirSync(buckets).filter(name => name.endsWith('-rawbucket')) : []
  if (found.length === 1) return diskStore(join(buckets, found[0]!))
  throw new Error(`${buckets} holds ${found.length === 0 ? 'no' : 'more than one'} raw bucket; name it with --raw`)
}
