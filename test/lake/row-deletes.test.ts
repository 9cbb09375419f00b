/** What compaction makes of rows that another engine has deleted. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { DataFile } from '../../shared/iceberg/data-file.js'
import { planFiles } from '../../shared/iceberg/plan-files.js'
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
    })
    expect((await planCompact(deps)).rewrites).toEqual([])
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
    })
  })
})
