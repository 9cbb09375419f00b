/** What compaction makes of rows that another engine has deleted. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { DataFile } from '../../shared/iceberg/data-file.js'
import { hasLiveFiles } from '../../shared/iceberg/manifest-list.js'
import { planFiles } from '../../shared/iceberg/plan-files.js'
import { readManifestList } from '../../shared/iceberg/read-manifests.js'
import { currentSnapshot } from '../../shared/iceberg/table-metadata.js'
import { compact, planCompact } from '../../shared/lake/compact.js'
import { type LakeWorld, lakeWorld } from './lake-world.js'
import { event } from './landed.js'
import { commitDeletes, positionDeletes } from './row-deletes.js'

const day = 86_400_000

let world: LakeWorld
beforeEach(async () => {
  world = await lakeWorld()
})
afterEach(() => world.close())

async function dataFiles(): Promise<readonly DataFile[]> {
  const { metadata } = (await world.deps.catalog.load())!
  return (await planFiles(metadata, world.files, [], { rowDeletes: 'report' })).files
}

function equalityDelete(file: DataFile): DataFile {
  return { ...file, content: 'equality deletes', filePath: `${file.filePath}.deletes`, equalityIds: [7] }
}

describe('rows that another engine has deleted', () => {
  it('go when a file is merged, or written anew by itself where its neighbour has to stay', async () => {
    await world.commitEach([event(1), event(2)], [event(3), event(4)])
    const [one, two] = await dataFiles()
    await commitDeletes(world, [await positionDeletes(world.files, [[one!, [0]]], { bounds: true })])
    world.clock += 3 * day
    // A deletion vector, which we do not apply.
    await commitDeletes(world, [
      { ...equalityDelete(two!), content: 'position deletes', fileFormat: 'PUFFIN', referencedDataFile: two!.filePath },
    ])
    const deps = { ...world.deps, retentionOf: () => 0 }
    const plan = await planCompact(deps)
    expect(plan.rewrites).toMatchObject([{ reason: 'deleted', files: [{ filePath: one!.filePath }] }])
    expect(plan.rowDeleted.map(({ filePath }) => filePath)).toEqual([two!.filePath])
    expect(await compact(deps)).toMatchObject({
      rewrites: [{ removed: 1, rows: 1, deleted: 1, erased: 0 }],
      rowDeleted: 1,
      droppedDeletes: 1,
    })
    expect((await planCompact(deps)).rewrites).toEqual([])
    // What is not applied stays.
    expect((await planCompact(deps)).rowDeleted).toHaveLength(1)
  })

  it('stay away from a delivery that comes again until they are applied, and no longer', async () => {
    await world.commitEach([event(1), event(2)])
    const [file] = await dataFiles()
    await commitDeletes(world, [await positionDeletes(world.files, [[file!, [0]]])])
    await world.land([event(1), event(3)])
    expect(await world.commit()).toMatchObject({ rows: 1, duplicates: 1 })
    world.clock += 3 * day
    expect(await compact({ ...world.deps, retentionOf: () => 0 })).toMatchObject({ rewrites: [{ deleted: 1 }] })
    expect(await world.readTable()).toEqual(['2:event 2', '3:event 3'])
    await world.land([event(1), event(4)])
    expect(await world.commit()).toMatchObject({ rows: 2, duplicates: 0 })
  })

  it('leave no deletes behind when they are applied, or when the retention of their file is over', async () => {
    const retentionOf = (group: string) => (group === '/short' ? 10 : 0)
    const rows = [event(1), event(2), ...[3, 4].map(id => event(id, { log_group: '/short', retention: 10 }))]
    await world.commitEach(rows)
    const files = await dataFiles()
    for (const file of files) await commitDeletes(world, [await positionDeletes(world.files, [[file, [0]]])])
    // An equality delete that came before any file it could apply to.
    await commitDeletes(world, [equalityDelete(files[0]!)], 0)
    const deps = { ...world.deps, retentionOf }
    // Before compaction applies anything, one partition is over.
    world.clock = Date.UTC(2026, 0, 26)
    expect(await compact(deps)).toMatchObject({ expiredFiles: 1, rewrites: [{ deleted: 1 }], droppedDeletes: 3 })
    const { metadata } = (await world.deps.catalog.load())!
    const { summary } = currentSnapshot(metadata)!
    expect(summary).toMatchObject({
      operation: 'replace',
      'removed-delete-files': '3',
      'removed-position-delete-files': '2',
      'removed-position-deletes': '2',
      'total-delete-files': '0',
      'total-position-deletes': '0',
      'total-data-files': '1',
    })
    expect(await compact(deps)).toMatchObject({ droppedDeletes: 0 })
    for (const _ of [1, 2]) {
      world.clock += 2 * day
      await compact(deps)
    }
    const keys: string[] = []
    for await (const { key } of world.store.list('table/data/')) keys.push(key)
    expect(keys).toHaveLength(1)
    const manifests = await readManifestList(world.files, currentSnapshot(metadata)!)
    expect(manifests.filter(hasLiveFiles).map(({ content }) => content)).toEqual(['data'])
    expect(await world.readTable()).toEqual(['2:event 2'])
  })

  it('by equality keep files from being merged that were there before, and none that came later', async () => {
    await world.commitEach([event(1)])
    const [one] = await dataFiles()
    await commitDeletes(world, [equalityDelete(one!)])
    await world.commitEach([event(2)], [event(3)])
    world.clock += 3 * day
    expect(await compact({ ...world.deps, retentionOf: () => 0 })).toMatchObject({
      rewrites: [{ removed: 2, added: 1, rows: 2, deleted: 0 }],
      rowDeleted: 1,
      droppedDeletes: 0,
    })
  })
})
