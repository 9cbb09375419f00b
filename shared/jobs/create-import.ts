import { compileGroups } from '../config/match.js'
import type { PipelineConfig } from '../config/pipeline.js'
import { createIngest, type IngestSurroundings } from '../pipeline/create-ingest.js'
import type { ObjectStore } from '../store/object-store.js'
import { withoutConsumed } from './create-replay.js'
import type { StreamNames } from './export-streams.js'
import type { HeldEvents } from './held-events.js'
import { type ImportOptions, type ImportReport, type ImportSource, importExport } from './import.js'
import { recordImport } from './imported.js'
import { readingsOf, readRedactions, redactorOf } from './redactions.js'

export interface ImportSurroundings extends Omit<IngestSurroundings, 'store' | 'print' | 'maxDecodedBytes'> {
  /** The main bucket. */
  readonly store: ObjectStore
  /** Where the exported files are. */
  readonly source: Pick<ObjectStore, 'get' | 'list'>
  readonly isConsumed: (landingKey: string) => Promise<boolean>
  readonly held: HeldEvents
  /** A folder on the disk. */
  readonly scratch: string
  readonly maxChars?: number
}

export type Import = (
  source: ImportSource,
  streams: StreamNames,
  stateKey: string,
  options: ImportOptions,
) => Promise<ImportReport>

const maxDecodedBytes = 256 * 1024 * 1024

/** Import through an ingest of the same configuration that counts no metrics: what an export holds was counted live. */
export async function createImport(
  pipeline: PipelineConfig,
  { source, isConsumed, held, scratch, store, maxChars, ...surroundings }: ImportSurroundings,
): Promise<Import> {
  const ingest = await createIngest(
    { ...pipeline, metricFilters: [] },
    { ...surroundings, store: withoutConsumed(store, isConsumed), print: () => undefined, maxDecodedBytes },
  )
  const settingsOf = compileGroups(pipeline)
  return async (from, streams, stateKey, options) => {
    const { redact, sample } = settingsOf(from.logGroup)
    const readings = readingsOf(await redactorOf(redact), await readRedactions(store))
    await recordImport(store, from, from.range)
    return importExport(from, options, {
      source,
      ingest,
      held,
      streams,
      readings,
      sample,
      state: store,
      stateKey,
      scratch,
      ...(maxChars === undefined ? {} : { maxChars }),
    })
  }
}
