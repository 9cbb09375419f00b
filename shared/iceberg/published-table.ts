/**
 * The table as the objects in its own folder tell it, without a catalog: for the day on which the catalog has lost it.
 * The files of a Glue table do not tell which of them were committed; the hint that the Glue catalog leaves does.
 */
import { NotFound } from '../store/errors.js'
import type { LoadedTable } from './catalog.js'
import { s3Catalog } from './catalogs/s3.js'
import { TableUnreadable } from './errors.js'
import { parseMetadata } from './metadata-json.js'
import { withSignal } from './read-manifests.js'
import { hintKeyOf, isGlueHint, metadataFolder, type TableFiles, uriOf } from './table-files.js'

/**
 * Null where there never was a table.
 * @throws TableUnreadable when a metadata file is younger than the hint: nobody can tell whether it was committed
 */
export async function publishedTable(files: TableFiles, signal?: AbortSignal): Promise<LoadedTable | null> {
  const { store } = files
  const hint = await store.get(hintKeyOf(files), withSignal(signal)).catch((error: unknown) => {
    if (error instanceof NotFound) return null
    throw error
  })
  const name = hint === null ? '' : Buffer.from(hint.body).toString().trim()
  // A number is the S3 catalog's, which reads on from there.
  if (hint === null || !isGlueHint(name)) return await readOnly(files).load(signal)
  const folder = metadataFolder(files)
  const key = `${folder}${name}.metadata.json`
  for await (const entry of store.list(folder, withSignal(signal))) {
    if (!entry.key.endsWith('.metadata.json') || entry.key === key) continue
    if (entry.lastModified.getTime() <= hint.lastModified.getTime()) continue
    throw new TableUnreadable(
      `iceberg: ${entry.key} is younger than ${hintKeyOf(files)}: write the name of the metadata file that is the table's there`,
    )
  }
  const { body } = await store.get(key, withSignal(signal))
  const metadataLocation = uriOf(files, key)
  return { metadata: parseMetadata(body, metadataLocation), metadataLocation, version: metadataLocation }
}

function readOnly(files: TableFiles) {
  return s3Catalog(files, { newId: () => '', sleep: async () => undefined })
}
