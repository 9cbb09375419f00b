/** How planning grows: landing objects that are names alone, and data files that only manifests know. */
import { createHash, randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DataFile } from '../../shared/iceberg/data-file.js'
import { planFiles } from '../../shared/iceberg/plan-files.js'
import { writeSingleValue } from '../../shared/iceberg/single-value.js'
import { stageSnapshot } from '../../shared/iceberg/stage-snapshot.js'
import { newSnapshotId } from '../../shared/iceberg/table-changes.js'
import { planCommit } from '../../shared/lake/commit.js'
import type { CompactDependencies } from '../../shared/lake/compact.js'
import { lakeReader } from '../../shared/lake/lake-reader.js'
import { newLogTable } from '../../shared/lake/log-table.js'
import { memoryStore } from '../../shared/store/memory.js'
import { lakeOver } from './lake-landing.js'
import { type BenchResult, compare, measureInTurns, round } from './measure.js'

const hour = 3_600_000
const start = Date.UTC(2026, 0, 1)
const groups = 10

interface Scale {
  readonly landing: number
  readonly dataFiles: number
}

/** The second is twice the first. */
const scales: readonly [Scale, Scale] = [
  { landing: 5_000, dataFiles: 2_500 },
  { landing: 10_000, dataFiles: 5_000 },
]
const limitMs = 5_000

export async function measureScale(): Promise<readonly BenchResult[]> {
  const folder = await mkdtemp(join(tmpdir(), 'tailrace-bench-scale-'))
  try {
    const [half, whole] = [await lakeOf(scales[0], folder), await lakeOf(scales[1], folder)]
    const plan = (lake: CompactDependencies) => {
      const reader = lakeReader({ store: lake.files.store, catalog: lake.catalog, table: lake.files })
      return reader.plan({ from: null, to: null }, null)
    }
    const took = await measureInTurns(
      {
        commitHalf: () => planCommit(half),
        commitWhole: () => planCommit(whole),
        queryHalf: () => plan(half),
        queryWhole: () => plan(whole),
      },
      7,
    )
    const { landing, dataFiles } = scales[1]
    const size = `${landing} landing objects and ${dataFiles} data files`
    const limit = { median: limitMs, spread: 0 }
    const twice = (sample: { readonly median: number; readonly spread: number }) => ({
      ...sample,
      median: sample.median * 2,
    })
    return [
      compare(`planning a commit of ${size}, limit ${limitMs}`, 'ms', took.commitWhole, limit),
      compare(
        'planning that commit, against twice a half as large one',
        'ms',
        took.commitWhole,
        twice(took.commitHalf),
      ),
      compare(`planning a query on ${size}, limit ${limitMs}`, 'ms', took.queryWhole, limit),
      compare('planning that query, against twice a half as large one', 'ms', took.queryWhole, twice(took.queryHalf)),
      ...(await oneHour(whole)),
    ]
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** What a query on one group in one hour opens, of what there is. */
async function oneHour({ catalog, files }: CompactDependencies): Promise<readonly BenchResult[]> {
  const loaded = await catalog.load()
  const from = BigInt(start + 100 * hour) * 1_000n
  const planned = await planFiles(loaded!.metadata, files, [
    { fieldId: 1, anyOf: [{ min: from, max: from + BigInt(hour) * 1_000n - 1n }] },
    { fieldId: 2, anyOf: [{ min: groupOf(3), max: groupOf(3) }] },
  ])
  const counted = (what: string, unit: string, value: number, of: number) => ({
    what: `one hour of one group: ${what}`,
    unit,
    median: value,
    spread: 0,
    baseline: of,
    ratio: round(value / of),
  })
  return [
    counted('manifests opened', 'manifests', planned.manifestsRead, planned.manifests),
    counted('data files to read', 'files', planned.files.length, scales[1].dataFiles),
  ]
}

async function lakeOf({ landing, dataFiles }: Scale, folder: string): Promise<CompactDependencies> {
  const store = memoryStore()
  const lake = await lakeOver(store, folder, { memoryLimitMb: 256, threads: 1 })
  for (let index = 0; index < landing; index++) {
    const time = start + 1_000 * hour + index * 1_000
    const day = new Date(time).toISOString().slice(0, 10)
    const hash = createHash('sha256').update(String(index)).digest('hex').slice(0, 24)
    await store.put(`landing/${day}/${time}-${time + 60_000}-${hash}.parquet`, new Uint8Array(8))
  }
  let table = await lake.catalog.create(newLogTable(lake.files.location, randomUUID(), new Date(start)))
  // As commits come: a snapshot an hour and its groups' files in it.
  for (let index = 0; index < dataFiles; index += groups) {
    const added = Array.from({ length: groups }, (_, group) => dataFile(index / groups, group))
    const snapshot = { snapshotId: newSnapshotId(randomUUID()), now: new Date(start + index), newId: randomUUID }
    const staged = await stageSnapshot(table.metadata, lake.files, { operation: 'append', added }, snapshot)
    table = await lake.catalog.commit(table, { ...staged.metadata, snapshots: staged.metadata.snapshots!.slice(-1) })
  }
  return lake
}

function groupOf(index: number): string {
  return `/aws/lambda/service-${index}`
}

/** Of one group in one hour, with what a manifest says about a file of the log table. */
function dataFile(hours: number, group: number): DataFile {
  const from = BigInt(start + hours * hour) * 1_000n
  const ids = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 16, 17, 18, 19]
  const each = (value: number) => new Map(ids.map(id => [id, value]))
  const text = ['log stream', 'us-east-1', 'json', '123456789012']
  const bounds = (time: bigint) =>
    new Map([
      [1, writeSingleValue('timestamptz', time)!],
      [2, writeSingleValue('string', groupOf(group))!],
      [5, writeSingleValue('timestamptz', time)!],
      [6, writeSingleValue('long', time)!],
      ...text.map((value, index) => [9 + index, writeSingleValue('string', value)!] as const),
    ])
  const day = Math.floor((start + hours * hour) / 86_400_000)
  return {
    content: 'data',
    filePath: `s3://bench/table/data/timestamp_day=${day}/retention=0/${randomUUID()}.parquet`,
    fileFormat: 'PARQUET',
    specId: 0,
    partition: { timestamp_day: day, retention: 0 },
    recordCount: 100_000,
    fileSizeInBytes: 8_000_000,
    columnSizes: each(500_000),
    valueCounts: each(100_000),
    nullValueCounts: each(0),
    nanValueCounts: null,
    lowerBounds: bounds(from),
    upperBounds: bounds(from + 3_599_999_000n),
    keyMetadata: null,
    splitOffsets: [4, 4_000_000],
    equalityIds: null,
    sortOrderId: 1,
    referencedDataFile: null,
  }
}
