import { randomUUID } from 'node:crypto'
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { diskStore } from '../../../shared/store/disk.js'
import type { KeepingStore } from '../../../shared/store/keeping-store.js'
import { memoryStore } from '../../../shared/store/memory.js'

/** Where the S3 service keeps its buckets. */
export interface Buckets {
  list(): Promise<readonly Bucket[]>
  /** Undefined when there is no such bucket. */
  open(name: string): Promise<KeepingStore | undefined>
  /** False when there is one already. */
  create(name: string): Promise<boolean>
  /** Removes a bucket; false when it is not empty. */
  remove(name: string): Promise<boolean>
  /** The parts of uploads that are not complete yet. */
  readonly uploads: KeepingStore
}

export interface Bucket {
  readonly name: string
  readonly created: Date
}

export function memoryBuckets(now: () => Date): Buckets {
  const buckets = new Map<string, { created: Date; store: KeepingStore }>()
  return {
    uploads: memoryStore({ now }),
    list: async () => [...buckets].map(([name, { created }]) => ({ name, created })),
    open: async name => buckets.get(name)?.store,
    async create(name) {
      if (buckets.has(name)) return false
      buckets.set(name, { created: now(), store: memoryStore({ now }) })
      return true
    },
    async remove(name) {
      const bucket = buckets.get(name)
      return bucket !== undefined && (await isEmpty(bucket.store)) && buckets.delete(name)
    },
  }
}

/** Each bucket is a disk store in the directory of its name; a directory that somebody else makes is a bucket too. */
export function diskBuckets(root: string, now: () => Date): Buckets {
  const open = new Map<string, KeepingStore>()
  return {
    uploads: diskStore(join(root, '.uploads'), { now }),
    async list() {
      await mkdir(root, { recursive: true })
      const entries = await readdir(root, { withFileTypes: true })
      const names = entries.filter(entry => entry.isDirectory() && !entry.name.startsWith('.')).map(({ name }) => name)
      return Promise.all(names.map(async name => ({ name, created: (await stat(join(root, name))).birthtime })))
    },
    async open(name) {
      if (!(await isDirectory(join(root, name)))) return undefined
      const store = open.get(name) ?? diskStore(join(root, name), { now })
      open.set(name, store)
      return store
    },
    async create(name) {
      return (await mkdir(join(root, name), { recursive: true })) !== undefined
    },
    async remove(name) {
      // Out of the way first, so that no object can arrive between the look and the removal.
      const removed = join(root, `.removed-${randomUUID()}`)
      await rename(join(root, name), removed)
      if (!(await isEmpty(diskStore(removed)))) {
        await rename(removed, join(root, name))
        return false
      }
      await rm(removed, { recursive: true })
      open.delete(name)
      return true
    },
  }
}

async function isEmpty(store: KeepingStore): Promise<boolean> {
  for await (const _ of store.list('')) return false
  return true
}

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    found => found.isDirectory(),
    () => false,
  )
}
