import { compileGroups } from '../config/match.js'
import type { PipelineConfig } from '../config/pipeline.js'
import type { Redactor } from '../enrich/redactor.js'
import { createIngest, defaultMaxDecodedBytes, type IngestSurroundings } from '../pipeline/create-ingest.js'
import { PreconditionFailed } from '../store/errors.js'
import type { ObjectStore, ObjectWriter } from '../store/object-store.js'
import type { HeldEvents } from './held-events.js'
import { importedTexts } from './imported-texts.js'
import { readingsOf, readRedactions, redactorOf } from './redactions.js'
import { type ReplayOptions, type ReplayReport, replay } from './replay.js'

export interface ReplaySurroundings extends Omit<IngestSurroundings, 'raw' | 'store'> {
  /** The main bucket. */
  readonly store: ObjectStore
  readonly raw: ObjectStore
  /** Asked where events were imported. */
  readonly held: HeldEvents
  /** Whether the table already holds what stood under a landing key, so that the object may be gone. */
  readonly isConsumed: (landingKey: string) => Promise<boolean>
}

/** Replay through an ingest of the same configuration. */
export async function createReplay(
  pipeline: PipelineConfig,
  { raw, isConsumed, held, store, ...surroundings }: ReplaySurroundings,
): Promise<(options: ReplayOptions) => Promise<ReplayReport>> {
  const quarantined = new Set<string>()
  const ingest = await createIngest(pipeline, {
    ...surroundings,
    store: withoutConsumed(store, isConsumed),
    raw: tellingWriter(raw, quarantined),
  })
  const functionName = `${surroundings.stack}-ingest`
  const settingsOf = compileGroups(pipeline)
  const { maxDecodedBytes = defaultMaxDecodedBytes } = surroundings
  const sampleOf = (logGroup: string) => settingsOf(logGroup).sample
  return options => {
    let recorded: Promise<readonly Redactor[]> | undefined
    const readings = async (logGroup: string) => {
      recorded ??= readRedactions(store)
      return readingsOf(await redactorOf(settingsOf(logGroup).redact), await recorded)
    }
    const storedTexts = importedTexts({ state: store, held, readingsOf: readings, sampleOf, maxDecodedBytes })
    return replay(options, { raw, ingest, storedTexts, quarantined, functionName })
  }
}

/**
 * A batch that the table has taken is as good as there: written again it would be counted again, by metric filters too.
 */
export function withoutConsumed(
  store: ObjectWriter,
  isConsumed: (landingKey: string) => Promise<boolean>,
): ObjectWriter {
  return {
    head: (key, options) => store.head(key, options),
    async put(key, body, options) {
      if (await isConsumed(key)) throw new PreconditionFailed(`put: the table holds ${key}`, key)
      return store.put(key, body, options)
    },
  }
}

/** Notes the keys of all that is put, or is there already. */
function tellingWriter(raw: ObjectStore, keys: Set<string>): ObjectWriter {
  return {
    head: (key, options) => raw.head(key, options),
    put(key, body, options) {
      keys.add(key)
      return raw.put(key, body, options)
    },
  }
}
