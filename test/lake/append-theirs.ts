import { randomUUID } from 'node:crypto'
import { readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LoadedTable } from '../../shared/iceberg/catalog.js'
import type { DataFile } from '../../shared/iceberg/data-file.js'
import { describeParquet } from '../../shared/iceberg/parquet-metrics.js'
import { stageSnapshot } from '../../shared/iceberg/stage-snapshot.js'
import { newSnapshotId } from '../../shared/iceberg/table-changes.js'
import { keyOf } from '../../shared/iceberg/table-files.js'
import { currentSchema, type TableMetadata } from '../../shared/iceberg/table-metadata.js'
import type { LakeWorld } from './lake-world.js'

export interface Theirs {
  /** The table as the other engine has it before the file comes. */
  readonly metadata: TableMetadata
  /** Writes the file to a path of this machine. */
  readonly write: (path: string) => Promise<unknown>
  /** Days since 1970. */
  readonly day: number
  /** What its manifest says of it; all that there is where left out. */
  readonly told?: (file: DataFile) => DataFile
}

/** Another engine appends a file of its own. */
export async function appendTheirs(
  world: LakeWorld,
  base: LoadedTable,
  { metadata, write, day, told = file => file }: Theirs,
): Promise<void> {
  const path = join(tmpdir(), `${randomUUID()}.parquet`)
  await write(path)
  const body = await readFile(path)
  await rm(path)
  const filePath = `${world.files.location}/data/theirs.parquet`
  await world.store.put(keyOf(world.files, filePath), body)
  const file = describeParquet({
    filePath,
    fileSizeInBytes: body.length,
    tail: body,
    schema: currentSchema(metadata),
    specId: 0,
    partition: { timestamp_day: day, retention: 0 },
    sortOrderId: null,
  })
  const options = { snapshotId: newSnapshotId(randomUUID()), now: new Date(world.clock), newId: randomUUID }
  const staged = await stageSnapshot(metadata, world.files, { operation: 'append', added: [told(file)] }, options)
  await world.deps.catalog.commit(base, staged.metadata)
}
