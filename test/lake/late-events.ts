/** Events that reach a lake otherwise than by their first delivery: what failed is replayed, and exports are imported. */
import { randomUUID } from 'node:crypto'
import { loadPipeline } from '../../shared/config/load.js'
import type { QueryEngine } from '../../shared/engine/query-engine.js'
import type { Catalog } from '../../shared/iceberg/catalog.js'
import { createImport } from '../../shared/jobs/create-import.js'
import { createReplay } from '../../shared/jobs/create-replay.js'
import { streamNames } from '../../shared/jobs/export-streams.js'
import { heldInLake } from '../../shared/jobs/held-events.js'
import { isConsumedBy } from '../../shared/jobs/is-consumed.js'
import type { ObjectStore } from '../../shared/store/object-store.js'
import { type ExportedLine, putExport } from '../helpers/export-files.js'

export interface LateEventsOptions {
  /** The raw bucket. */
  readonly raw: ObjectStore
  readonly account: string
  readonly logStream: string
  readonly now: () => number
}

/** The lake as the one sees it who brings the events. */
export interface LateLake {
  readonly store: ObjectStore
  readonly catalog: Catalog
  readonly engine: QueryEngine
  /** Of `pipeline.yml`. */
  readonly written: string
  /** A folder for local copies. */
  readonly folder: string
}

export interface Exported {
  readonly logGroup: string
  /** ms, both inclusive. */
  readonly range: { readonly from: number; readonly to: number }
  readonly lines: readonly ExportedLine[]
}

const stack = 'tailrace-test'

export function lateEvents({ raw, account, logStream, now }: LateEventsOptions) {
  const surroundings = ({ store, catalog, engine }: LateLake) => ({
    ...{ store, raw, stack, region: 'us-east-1', now, sleep: async () => undefined, print: () => undefined },
    held: heldInLake(engine),
    isConsumed: isConsumedBy(catalog, store, now),
  })

  return {
    /** As Lambda keeps a Kinesis batch that it has given up. */
    async keepFailed(batch: unknown): Promise<void> {
      const functionArn = `arn:aws:lambda:us-east-1:${account}:function:${stack}-ingest:$LATEST`
      const kept = {
        requestContext: { requestId: randomUUID(), functionArn, condition: 'RetryAttemptsExhausted' },
        KinesisBatchInfo: { shardId: 'shardId-000000000000', batchSize: 1 },
        payload: JSON.stringify(batch),
      }
      const key = `aws/lambda/${randomUUID()}/shardId-000000000000/2026/01/15/batch`
      await raw.put(key, Buffer.from(JSON.stringify(kept)))
    },

    /** @throws ReplayFailed */
    async replay(lake: LateLake): Promise<void> {
      const replay = await createReplay(loadPipeline(lake.written).config!, surroundings(lake))
      await replay({ reasons: [], since: null, until: null, attemptId: randomUUID() })
    },

    async import(lake: LateLake, { logGroup, range, lines }: Exported): Promise<void> {
      const task = randomUUID()
      const prefix = `exports/${task}/`
      await putExport(raw, prefix, { [logStream]: [lines] })
      const describeLogStreams = async () => ({ $metadata: {}, logStreams: [{ logStreamName: logStream }] })
      const importAll = await createImport(loadPipeline(lake.written).config!, {
        ...surroundings(lake),
        source: raw,
        scratch: lake.folder,
      })
      const names = streamNames({ logGroup, range, describeLogStreams })
      const source = { prefix, account, logGroup, range }
      await importAll(source, names, `imports/${task}.json`, { attemptId: task })
    },
  }
}
