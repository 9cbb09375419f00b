import { BufferPool } from '../../shared/parquet/buffer-pool.js'
import { gzipCodec } from '../../shared/parquet/codec.js'
import { compileGroups } from '../../shared/pipeline/group.js'
import { ingest } from '../../shared/pipeline/ingest.js'
import type { ObjectStore } from '../../shared/store/object-store.js'
import { kinesisEvent, noon } from '../helpers/payload.js'

/** Lands payloads in one object, as ingest does in AWS. */
export async function land(store: ObjectStore, payloads: readonly unknown[], attemptId = 'a'): Promise<void> {
  const settings = { format: { name: 'auto' }, redact: [], sample: 1, retentionDays: 0 } as const
  await ingest(
    kinesisEvent(payloads),
    { attemptId },
    {
      store,
      raw: store,
      groupOf: compileGroups(() => settings),
      isOwnGroup: () => false,
      codec: gzipCodec(),
      buffers: new BufferPool(1_000_000),
      region: 'eu-west-1',
      maxDecodedBytes: 4_000_000,
      now: () => noon,
      sleep: async () => {},
    },
  )
}
