/** Row-level deletes as another engine commits them. */
import { randomUUID } from 'node:crypto'
import type { DataFile } from '../../shared/iceberg/data-file.js'
import { encodeManifest } from '../../shared/iceberg/manifest.js'
import { decodeManifestList, encodeManifestList, type ManifestFile } from '../../shared/iceberg/manifest-list.js'
import { keyOf } from '../../shared/iceberg/table-files.js'
import { currentSchema, currentSnapshot } from '../../shared/iceberg/table-metadata.js'
import type { LakeWorld } from './lake-world.js'

/** @param deletes the files that say which rows; they stand in the store already where they are read */
export async function commitDeletes({ files, deps, clock }: LakeWorld, deletes: readonly DataFile[]): Promise<void> {
  const table = (await deps.catalog.load())!
  const { metadata } = table
  const last = currentSnapshot(metadata)!
  const [schema, spec] = [currentSchema(metadata), metadata['partition-specs'][0]!]
  const [snapshotId, sequenceNumber] = [
    2n ** 40n + BigInt(metadata['last-sequence-number']),
    metadata['last-sequence-number'] + 1,
  ]
  const entries = deletes.map(dataFile => {
    return { status: 'added' as const, snapshotId, sequenceNumber, fileSequenceNumber: sequenceNumber, dataFile }
  })
  const body = encodeManifest(entries, { spec, schemas: [schema], currentSchema: schema, content: 'deletes' })
  const manifestPath = `${files.location}/metadata/${randomUUID()}.avro`
  await files.store.put(keyOf(files, manifestPath), body)
  const list = decodeManifestList((await files.store.get(keyOf(files, last['manifest-list']))).body)
  const manifest: ManifestFile = {
    ...list[0]!,
    manifestPath,
    manifestLength: body.length,
    content: 'deletes',
    sequenceNumber,
    minSequenceNumber: sequenceNumber,
    addedSnapshotId: snapshotId,
    addedFilesCount: deletes.length,
    partitions: null,
  }
  const listPath = `${files.location}/metadata/snap-${randomUUID()}.avro`
  const parentId = last['snapshot-id']
  await files.store.put(
    keyOf(files, listPath),
    encodeManifestList([...list, manifest], { snapshotId, parentId, sequenceNumber }),
  )
  const snapshot = {
    ...last,
    'snapshot-id': snapshotId,
    'parent-snapshot-id': parentId,
    'sequence-number': sequenceNumber,
    'timestamp-ms': clock,
    'manifest-list': listPath,
    summary: { ...last.summary, operation: 'overwrite' as const },
  }
  await deps.catalog.commit(table, {
    ...metadata,
    'last-sequence-number': sequenceNumber,
    'last-updated-ms': clock,
    'current-snapshot-id': snapshotId,
    refs: { ...metadata.refs, main: { type: 'branch', 'snapshot-id': snapshotId } },
    snapshots: [...metadata.snapshots!, snapshot],
  })
}
