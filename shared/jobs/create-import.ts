import { compileGroups } from '../config/match.js'
import type { PipelineConfig } from '../config/pipeline.js'
import { createRedactor } from '../enrich/redact/create-redactor.js'
import { loadPatternEngine } from '../enrich/redact/pattern-engine.js'
import type { Redactor } from '../enrich/redactor.js'
import { createIngest, type IngestSurroundings } from '../pipeline/create-ingest.js'
import type { ObjectStore } from '../store/object-store.js'
import { withoutConsumed } from './create-replay.js'
import type { StreamNames } from './export-streams.js'
import { type HeldEvents, type ImportOptions, type ImportReport, type ImportSource, importExport } from './import.js'
import type { Readings } from './import-match.js'
import { readRedactions } from './redactions.js'

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
    const current = createRedactor(redact, await loadPatternEngine(redact))
    const readings = readingsOf(current, await readRedactions(store))
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

/**
 * What a message may have become: under the rules of today, under all that were ever recorded, and as it is. Whether an
 * export keeps a line end at the end of a message is not documented, so each may have one more or less.
 */
export function readingsOf(current: Redactor, recorded: readonly Redactor[]): Readings {
  return message => {
    const texts = [current, ...recorded].map(({ redact }) => redact(message, new Map()).toWellFormed())
    const all = [...texts, message]
    return [...all, ...all.map(text => (text.endsWith('\n') ? text.slice(0, -1) : `${text}\n`))]
  }
}
