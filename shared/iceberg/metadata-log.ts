import type { LoadedTable } from './catalog.js'
import type { TableMetadata } from './table-metadata.js'

/**
 * Metadata as it is written after `base`: its log tells of the file before it, and keeps as many as
 * `write.metadata.previous-versions-max` says (100).
 */
export function withMetadataLog(metadata: TableMetadata, base: LoadedTable | null): TableMetadata {
  if (base === null) return metadata
  const limit = Number(metadata.properties?.['write.metadata.previous-versions-max'])
  const kept = Number.isInteger(limit) && limit > 0 ? limit : 100
  const entry = { 'metadata-file': base.metadataLocation, 'timestamp-ms': base.metadata['last-updated-ms'] }
  return { ...metadata, 'metadata-log': [...(metadata['metadata-log'] ?? []), entry].slice(-kept) }
}
