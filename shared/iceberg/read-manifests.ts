/** Fetches and decodes manifest lists and manifests. A file that is gone is the store's NotFound: load the table again. */
import { TableUnreadable } from './errors.js'
import { decodeManifest, type ManifestEntry } from './manifest.js'
import { decodeManifestList, type ManifestFile } from './manifest-list.js'
import { keyOf, type TableFiles } from './table-files.js'
import { type Snapshot, specOf, type TableMetadata } from './table-metadata.js'

/** Requests under way at once. */
const parallel = 16

/** @throws NotFound, TableUnreadable */
export async function readManifestList(
  files: TableFiles,
  snapshot: Snapshot,
  signal?: AbortSignal,
): Promise<readonly ManifestFile[]> {
  const path = snapshot['manifest-list']
  const { body } = await files.store.get(keyOf(files, path), withSignal(signal))
  return readable(path, () => decodeManifestList(body))
}

/** All entries, those of deleted files too. @throws NotFound, TableUnreadable */
export async function readManifest(
  files: TableFiles,
  metadata: TableMetadata,
  manifest: ManifestFile,
  signal?: AbortSignal,
): Promise<readonly ManifestEntry[]> {
  const { manifestPath: path, partitionSpecId } = manifest
  const cached = files.manifestCache?.get(path)
  if (cached !== undefined) return cached
  const { body } = await files.store.get(keyOf(files, path), withSignal(signal))
  const entries = readable(path, () => decodeManifest(body, manifest, specOf(metadata, partitionSpecId)))
  files.manifestCache?.set(path, entries)
  return entries
}

/** In the order of the manifests, some at once. */
export async function* readManifests(
  files: TableFiles,
  metadata: TableMetadata,
  manifests: readonly ManifestFile[],
  signal?: AbortSignal,
): AsyncGenerator<{ readonly manifest: ManifestFile; readonly entries: readonly ManifestEntry[] }> {
  for (let start = 0; start < manifests.length; start += parallel) {
    const some = manifests.slice(start, start + parallel)
    const read = await Promise.all(some.map(manifest => readManifest(files, metadata, manifest, signal)))
    for (const [index, entries] of read.entries()) yield { manifest: some[index]!, entries }
  }
}

export function withSignal(signal: AbortSignal | undefined): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal }
}

function readable<T>(path: string, decode: () => T): T {
  try {
    return decode()
  } catch (cause) {
    throw new TableUnreadable(`iceberg: ${path} cannot be read`, { cause })
  }
}
