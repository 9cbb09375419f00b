import { summarise } from './field-summaries.js'
import { type EntryStatus, encodeManifest } from './manifest.js'
import type { ManifestFile } from './manifest-list.js'
import { withSignal } from './read-manifests.js'
import type { NewManifest, Staging } from './stage-snapshot.js'
import { metadataFolder, uriOf } from './table-files.js'
import { currentSchema, specOf } from './table-metadata.js'
import { partitionTypes } from './transform.js'

/** Writes a manifest for the snapshot in the making; the result is its line in the manifest list. */
export async function writeManifest(
  { metadata, files, options, sequenceNumber, written }: Staging,
  { content, specId, entries }: NewManifest,
): Promise<ManifestFile> {
  const spec = specOf(metadata, specId)
  const { schemas } = metadata
  for (const { dataFile } of entries) checkPartition(dataFile.partition, dataFile.filePath, spec.fields)
  const body = encodeManifest(entries, { spec, schemas, currentSchema: currentSchema(metadata), content })
  const key = `${metadataFolder(files)}${options.newId()}-m${written.length}.avro`
  written.push(key)
  await files.store.put(key, body, withSignal(options.signal))
  const count = (status: EntryStatus): number => entries.filter(entry => entry.status === status).length
  const rows = (status: EntryStatus): number =>
    entries.reduce((sum, entry) => (entry.status === status ? sum + entry.dataFile.recordCount : sum), 0)
  return {
    manifestPath: uriOf(files, key),
    manifestLength: body.byteLength,
    partitionSpecId: specId,
    content,
    sequenceNumber,
    minSequenceNumber: entries.reduce(
      (least, entry) => (entry.status === 'deleted' ? least : Math.min(least, entry.sequenceNumber)),
      sequenceNumber,
    ),
    addedSnapshotId: options.snapshotId,
    addedFilesCount: count('added'),
    existingFilesCount: count('existing'),
    deletedFilesCount: count('deleted'),
    addedRowsCount: rows('added'),
    existingRowsCount: rows('existing'),
    deletedRowsCount: rows('deleted'),
    partitions: summarise(
      entries.map(entry => entry.dataFile),
      partitionTypes(spec, schemas),
    ),
    keyMetadata: null,
  }
}

/** A forgotten or misspelt member would silently become a null partition. */
function checkPartition(
  partition: Readonly<Record<string, unknown>>,
  filePath: string,
  fields: readonly { readonly name: string }[],
): void {
  const missing = fields.find(({ name }) => partition[name] === undefined)
  if (missing !== undefined)
    throw new TypeError(`iceberg: ${filePath} has no value for partition field ${missing.name}`)
}
