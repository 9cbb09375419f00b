import type { PipelineConfig } from '../config/pipeline.js'
import { createIngest, type IngestSurroundings } from '../pipeline/create-ingest.js'
import { PreconditionFailed } from '../store/errors.js'
import type { ObjectStore, ObjectWriter } from '../store/object-store.js'
import { type ReplayOptions, type ReplayReport, replay } from './replay.js'

export interface ReplaySurroundings extends Omit<IngestSurroundings, 'raw'> {
  readonly raw: ObjectStore
  /** Whether the table already holds what stood under a landing key, so that the object may be gone. */
  readonly isConsumed: (landingKey: string) => Promise<boolean>
}

/** Replay through an ingest of the same configuration. */
export async function createReplay(
  pipeline: PipelineConfig,
  { raw, isConsumed, store, ...surroundings }: ReplaySurroundings,
): Promise<(options: ReplayOptions) => Promise<ReplayReport>> {
  const quarantined = new Set<string>()
  const ingest = await createIngest(pipeline, {
    ...surroundings,
    store: withoutConsumed(store, isConsumed),
    raw: tellingWriter(raw, quarantined),
  })
  const functionName = `${surroundings.stack}-ingest`
  return options => replay(options, { raw, ingest, quarantined, functionName })
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
