/**
 * Small manifests become few, so that a plan opens few: neighbours by day are put together as soon as they would fill
 * `commit.manifest.target-size-bytes` (8 MB), or there are `commit.manifest.min-count-to-merge` of them (100). What has
 * reached half of the target is left alone, so that an entry is not written again with every commit.
 * `commit.manifest-merge.enabled` turns it off.
 */
import { groupBy } from './group-by.js'
import type { ManifestEntry } from './manifest.js'
import type { ManifestFile } from './manifest-list.js'
import { readManifests } from './read-manifests.js'
import { readBound } from './single-value.js'
import type { PendingManifest, Staging } from './stage-snapshot.js'
import { specOf } from './table-metadata.js'
import { partitionTypes } from './transform.js'

/** Compressed, of the log table; for manifests that are not written yet. */
const bytesPerEntry = 250

export async function mergeManifests(
  staging: Staging,
  manifests: readonly PendingManifest[],
): Promise<readonly PendingManifest[]> {
  const { properties = {} } = staging.metadata
  if (properties['commit.manifest-merge.enabled'] === 'false') return manifests
  const minCount = positive(properties['commit.manifest.min-count-to-merge'], 100)
  const targetBytes = positive(properties['commit.manifest.target-size-bytes'], 8 * 1024 * 1024)
  const isSmall = (manifest: PendingManifest): boolean =>
    manifest.content === 'data' && bytesOf(manifest) < targetBytes / 2
  const merged: PendingManifest[] = []
  for (const [specId, small] of groupBy(manifests.filter(isSmall), specIdOf)) {
    const bins = pack(byPartition(staging, small), targetBytes)
    for (const [index, bin] of bins.entries()) {
      const isFull = index < bins.length - 1
      if (bin.length > 1 && (isFull || bin.length >= minCount)) merged.push(await mergeBin(staging, specId, bin))
      else merged.push(...bin)
    }
  }
  return [...merged, ...manifests.filter(manifest => !isSmall(manifest))]
}

/** What was deleted by earlier snapshots is left out; what is deleted by this one has to be told by it. */
async function mergeBin(staging: Staging, specId: number, bin: readonly PendingManifest[]): Promise<PendingManifest> {
  const { files, metadata, options } = staging
  const entries: ManifestEntry[] = bin.flatMap(manifest => ('manifestPath' in manifest ? [] : manifest.entries))
  const present = bin.filter(manifest => 'manifestPath' in manifest)
  for await (const read of readManifests(files, metadata, present, options.signal)) {
    for (const entry of read.entries) if (entry.status !== 'deleted') entries.push({ ...entry, status: 'existing' })
  }
  return { content: 'data', specId, entries }
}

/** In the order given, so that neighbours stay together. */
function pack(manifests: readonly PendingManifest[], targetBytes: number): PendingManifest[][] {
  const bins: PendingManifest[][] = []
  let room = 0
  for (const manifest of manifests) {
    const bytes = bytesOf(manifest)
    if (bytes > room) {
      bins.push([])
      room = targetBytes
    }
    bins.at(-1)!.push(manifest)
    room -= bytes
  }
  return bins
}

/** By the lowest value of the first partition field, the day: a merged manifest then covers few days. */
function byPartition({ metadata }: Staging, manifests: readonly PendingManifest[]): PendingManifest[] {
  const lowest = (manifest: PendingManifest): number => {
    const [first] = partitionTypes(specOf(metadata, specIdOf(manifest)), metadata.schemas)
    if (first === undefined) return 0
    if (!('manifestPath' in manifest)) {
      return manifest.entries.reduce(
        (least, { dataFile }) => Math.min(least, toNumber(dataFile.partition[first.field.name])),
        Number.POSITIVE_INFINITY,
      )
    }
    const bound = manifest.partitions?.[0]?.lowerBound
    return toNumber(bound === null || bound === undefined ? null : readBound(first.type, bound))
  }
  return manifests
    .map(manifest => ({ manifest, key: lowest(manifest) }))
    .sort((a, b) => (a.key === b.key ? 0 : a.key - b.key))
    .map(({ manifest }) => manifest)
}

/** Any number will do for what has no order of numbers. */
function toNumber(value: unknown): number {
  return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : 0
}

function specIdOf(manifest: PendingManifest): number {
  return 'manifestPath' in manifest ? manifest.partitionSpecId : manifest.specId
}

function bytesOf(manifest: PendingManifest): number {
  return 'manifestPath' in manifest
    ? (manifest as ManifestFile).manifestLength
    : manifest.entries.length * bytesPerEntry
}

/** Other engines set these properties too: a value that is no positive number counts as not set. */
function positive(text: string | undefined, otherwise: number): number {
  const value = Number(text)
  return Number.isInteger(value) && value > 0 ? value : otherwise
}
