/** Tables in a local S3, made by what the product makes them with: ingest, commit, compact and erase. */
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { startEndpoint } from '../../local/endpoint.js'
import { memoryBuckets } from '../../local/services/s3/buckets.js'
import { s3Service } from '../../local/services/s3/s3-service.js'
import { duckDbMerge } from '../../shared/engine/duckdb-merge.js'
import type { LoadedTable } from '../../shared/iceberg/catalog.js'
import { s3Catalog } from '../../shared/iceberg/catalogs/s3.js'
import { erasurePlanner } from '../../shared/jobs/lake/plan-erasure.js'
import { commitLanding } from '../../shared/lake/commit.js'
import { type CompactDependencies, compact } from '../../shared/lake/compact.js'
import { eraseEvents } from '../../shared/lake/erase.js'
import type { EraseRequest } from '../../shared/lake/erasures.js'
import { mergeLimits } from '../../shared/lake/lake-dependencies.js'
import type { PromotedSetting } from '../../shared/lake/promoted-columns.js'
import type { ObjectStore } from '../../shared/store/object-store.js'
import { s3Store } from '../../shared/store/s3.js'
import { type LandedEvent, land } from './land.js'

/** What happens to a lake; a step has one member. */
export interface TableStep {
  /** A delivery. */
  readonly land?: readonly LandedEvent[]
  readonly commit?: true
  readonly compact?: true
  /** Days that pass. */
  readonly days?: number
  /** Of `pipeline.yml` from here on. */
  readonly promote?: readonly PromotedSetting[]
  /** Lake retention in days, by group, from here on; 0, for ever, where a group is left out. */
  readonly retention?: Readonly<Record<string, number>>
  /** `tailrace erase` of what has happened until now. */
  readonly erase?: { readonly groups: readonly string[]; readonly pattern: string }
}

export interface S3Place {
  readonly url: string
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly bucket: string
}

export interface MadeTable extends LoadedTable {
  /** The lake that it is the table of. */
  readonly store: ObjectStore
}

export interface TableSite {
  readonly s3: S3Place
  /** The whole bucket. */
  readonly objects: ObjectStore
  /** For the files of those who read. */
  readonly folder: string
  /** Takes a new lake through the steps. @throws when there is no table after them */
  make(steps: readonly TableStep[]): Promise<MadeTable>
  close(): Promise<void>
}

const bucket = 'tailrace'
const region = 'us-east-1'
const credentials = { accessKeyId: 'local', secretAccessKey: 'test' }
const begin = Date.UTC(2026, 0, 15, 13)
const msPerDay = 86_400_000

export async function openTableSite(): Promise<TableSite> {
  const folder = await mkdtemp(join(tmpdir(), 'tailrace-tables-'))
  const clock = { now: begin }
  const buckets = memoryBuckets(() => new Date(clock.now))
  const s3 = await startEndpoint({ port: 0, services: [s3Service({ buckets })] })
  const client = new S3Client({ endpoint: s3.url, region, forcePathStyle: true, credentials })
  await client.send(new CreateBucketCommand({ Bucket: bucket }))
  let made = 0
  return {
    s3: { url: s3.url, region, ...credentials, bucket },
    objects: s3Store({ client, bucket, prefix: '' }),
    folder,
    async make(steps) {
      const lake = `lake-${++made}`
      const store = s3Store({ client, bucket, prefix: `${lake}/` })
      const files = { store, location: `s3://${bucket}/${lake}/table` }
      const catalog = s3Catalog(files, { newId: randomUUID, sleep: async () => undefined })
      clock.now = begin
      await play(steps, { files, catalog, folder }, clock)
      const table = await catalog.load()
      if (table === null) throw new Error('no step has made a table')
      return { ...table, store }
    },
    async close() {
      client.destroy()
      await s3.close()
      await rm(folder, { recursive: true })
    },
  }
}

async function play(
  steps: readonly TableStep[],
  place: Pick<CompactDependencies, 'files' | 'catalog' | 'folder'>,
  clock: { now: number },
): Promise<void> {
  let retention: Readonly<Record<string, number>> = {}
  let promote: readonly PromotedSetting[] = []
  const retentionOf = (group: string) => retention[group] ?? 0
  const merge = duckDbMerge({ memoryLimitMb: 256, threads: 1, planErasures: erasurePlanner([]) })
  const settings = { ...mergeLimits, commitBytes: 0, commitAfterMs: 0, fileBytes: 192_000_000 }
  const deps = (): CompactDependencies => {
    return { ...place, merge, settings, promote, retentionOf, now: () => clock.now, newId: randomUUID }
  }
  for (const step of steps) {
    if (step.land !== undefined) await land(step.land, place.files.store, retentionOf)
    if (step.commit) await commitLanding(deps())
    if (step.compact) await compact(deps())
    if (step.days !== undefined) clock.now += step.days * msPerDay
    retention = step.retention ?? retention
    promote = step.promote ?? promote
    if (step.erase !== undefined) await eraseEvents(deps(), requestOf(step.erase, clock.now))
  }
}

function requestOf({ groups, pattern }: NonNullable<TableStep['erase']>, now: number): EraseRequest {
  const scope = { groups, from: null, to: now, condition: { kind: 'pattern', text: pattern } } as const
  const asked = { since: null, until: new Date(now).toISOString() }
  return { ...scope, id: randomUUID(), asked, requestedBy: 'cases', reason: null }
}
