/** Decoded manifests by path, the least recently used ones leaving first, bounded by the number of entries in them. */
import type { ManifestEntry } from './manifest.js'

export interface ManifestCache {
  get(path: string): readonly ManifestEntry[] | undefined
  set(path: string, entries: readonly ManifestEntry[]): void
}

/** @param maxEntries over all manifests; an entry of the log table takes about 4 KB of memory */
export function manifestCache(maxEntries: number): ManifestCache {
  const manifests = new Map<string, readonly ManifestEntry[]>()
  let held = 0
  return {
    get(path) {
      const entries = manifests.get(path)
      if (entries === undefined) return undefined
      manifests.delete(path)
      manifests.set(path, entries)
      return entries
    },
    set(path, entries) {
      if (entries.length > maxEntries) return
      held += entries.length - (manifests.get(path)?.length ?? 0)
      manifests.delete(path)
      manifests.set(path, entries)
      for (const [oldest, { length }] of manifests) {
        if (held <= maxEntries) return
        manifests.delete(oldest)
        held -= length
      }
    },
  }
}
