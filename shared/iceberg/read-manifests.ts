/** Fetches and decodes manifest lists and manifests. A file that is gone is the store's NotFound: load the table again. */
import { TableUnreadable } from './errors.js'
import { decodeManifest, type ManifestEntry } from './manifest.js'
import { decodeManifestList, type ManifestFile } from './manifest-list.js'
import { keyOf, type TableFiles } from './table-files.js'
import { type Snapshot, specOf, type TableMetadata } from './table-metadata.js'

/** Requests under way at once; a manifest of 1 MB takes some 17 MB when it is decoded. */
const parallel = 8

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
  yield* someAtOnce(manifests, async manifest => ({
    manifest,
    entries: await readManifest(files, metadata, manifest, signal),
  }))
}

/** The manifests of several snapshots, by path. */
export async function manifestsOf(
  files: TableFiles,
  snapshots: readonly Snapshot[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, ManifestFile>> {
  const manifests = new Map<string, ManifestFile>()
  for await (const list of someAtOnce(snapshots, snapshot => readManifestList(files, snapshot, signal))) {
    for (const manifest of list) manifests.set(manifest.manifestPath, manifest)
  }
  return manifests
}

async function* someAtOnce<T, U>(items: readonly T[], read: (item: T) => Promise<U>): AsyncGenerator<U> {
  for (let start = 0; start < items.length; start += parallel) {
    yield* await Promise.all(items.slice(start, start + parallel).map(read))
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
