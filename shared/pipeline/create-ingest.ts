import { isOwnGroup } from '../cloudwatch/own-groups.js'
import { compileGroups as matchGroups, matchMetricFilters } from '../config/match.js'
import type { PipelineConfig } from '../config/pipeline.js'
import { loadPatternEngine } from '../enrich/redact/pattern-engine.js'
import { dimensionLimit } from '../metrics/dimension-limit.js'
import { filterSets } from '../metrics/filter-sets.js'
import { BufferPool } from '../parquet/buffer-pool.js'
import { runtimeCodec } from '../parquet/codec.js'
import { compileGroups } from './group.js'
import { type IngestAttempt, type IngestDependencies, ingest } from './ingest.js'
import type { IngestReport } from './report.js'

/** What only the function itself can give. */
export interface IngestSurroundings extends Pick<IngestDependencies, 'store' | 'raw' | 'region' | 'now' | 'sleep'> {
  /** Its own log groups are refused. */
  readonly stack: string
  /** Writes a line of its own to the function's log. */
  readonly print: (line: string) => void
  /** The most bytes that one record may inflate to, `defaultMaxDecodedBytes` when not given. */
  readonly maxDecodedBytes?: number
}

const megabyte = 1024 * 1024
export const defaultMaxDecodedBytes = 32 * megabyte

/** The ingest use case for a validated configuration: everything that lasts from one invocation to the next. */
export async function createIngest(
  pipeline: PipelineConfig,
  { stack, print, maxDecodedBytes = defaultMaxDecodedBytes, ...surroundings }: IngestSurroundings,
): Promise<(event: unknown, attempt: IngestAttempt) => Promise<IngestReport>> {
  const redactions = [pipeline.defaults, ...pipeline.groups].flatMap(({ redact }) => redact)
  const engine = await loadPatternEngine(redactions)
  const dependencies: IngestDependencies = {
    ...surroundings,
    groupOf: compileGroups(matchGroups(pipeline), engine, filterSets(matchMetricFilters(pipeline))),
    metrics: { limit: dimensionLimit(), emit: document => print(JSON.stringify(document)) },
    isOwnGroup: logGroup => isOwnGroup(stack, logGroup),
    codec: runtimeCodec(),
    buffers: new BufferPool(64 * megabyte),
    maxDecodedBytes,
  }
  return (event, attempt) => ingest(event, attempt, dependencies)
}
