import { mkdir, rm } from 'node:fs/promises'
import { compileGroups } from '../../config/match.js'
import type { PipelineConfig } from '../../config/pipeline.js'
import { duckDbMerge } from '../../engine/duckdb-merge.js'
import type { Catalog } from '../../iceberg/catalog.js'
import type { TableFiles } from '../../iceberg/table-files.js'
import type { CompactDependencies } from '../../lake/compact.js'
import { mergeLimits } from '../../lake/lake-dependencies.js'
import { erasurePlanner } from './plan-erasure.js'

/** What only the function or the command can give. */
export interface LakeSurroundings {
  readonly files: TableFiles
  readonly catalog: Catalog
  /** A folder of this process's own: what is in it is removed. */
  readonly folder: string
  /** Of the machine or the function. */
  readonly memoryMb: number
  readonly threads: number
  readonly now: () => number
  readonly newId: () => string
}

/** Node, a data file on its way to the store, and what DuckDB takes beyond its limit. */
const reservedMb = 600
/** A sort needs as much, however little there is. */
const leastMb = 192

/** Lambda gives a function with less than this much less than one processor ("Configure Lambda function memory"). */
const oneProcessorMb = 1_769

/** What `commit`, `compact` and `erase` work with, for a validated configuration. */
export async function lakeDependencies(
  pipeline: Pick<PipelineConfig, 'lake' | 'promote' | 'groups' | 'defaults' | 'legalHolds'>,
  { memoryMb, threads, ...surroundings }: LakeSurroundings,
): Promise<CompactDependencies> {
  const { folder } = surroundings
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  const settingsOf = compileGroups(pipeline)
  const { legalHolds: holds } = pipeline
  const merge = {
    memoryLimitMb: Math.max(leastMb, memoryMb - reservedMb),
    threads: memoryMb < oneProcessorMb ? 1 : threads,
    planErasures: erasurePlanner(holds),
  }
  return {
    ...surroundings,
    merge: duckDbMerge(merge),
    settings: { ...pipeline.lake, ...mergeLimits },
    promote: pipeline.promote,
    holds,
    retentionOf: logGroup => settingsOf(logGroup).retentionDays,
  }
}
