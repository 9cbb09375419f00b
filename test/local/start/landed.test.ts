import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { readLanded } from '../../../local/start/landed.js'
import { planFiles } from '../../../shared/iceberg/plan-files.js'
import { commitLanding } from '../../../shared/lake/commit.js'
import { diskStore } from '../../../shared/store/disk.js'
import { type LakeWorld, lakeWorld } from '../../lake/lake-world.js'
import { event, exported, landingFile, noon } from '../../lake/landed.js'
import { commitDeletes, positionDeletes } from '../../lake/row-deletes.js'

let folder: string
let world: LakeWorld
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tailrace-landed-'))
  world = await lakeWorld()
})
afterEach(async () => {
  await world.close()
  await rm(folder, { recursive: true })
})

it('shows no rows of the table that another engine has deleted, with and without landing objects', async () => {
  // Files on disk have the time of this machine.
  world.clock = Date.now() + 60_000
  const store = diskStore(folder)
  const deps = world.through(store)
  const { files, catalog } = deps
  const keyOfObject = (name: string) => `landing/2026-01-15/${noon}-${noon}-${name.padStart(24, '0')}.parquet`
  const messages = async () => {
    const { query } = await readLanded({ folder, prefix: '', keys: [], sql: 'SELECT message FROM logs ORDER BY 1' })
    return query.rows.flat()
  }
  await store.put(keyOfObject('1'), landingFile([event(1), event(2), exported({ message: 'other' })]))
  await commitLanding(deps)
  const [file] = (await planFiles((await catalog.load())!.metadata, files, [])).files
  await commitDeletes({ files, deps, clock: world.clock }, [await positionDeletes(files, [[file!, [0]]])])
  expect(await messages()).toEqual(['event 2', 'other'])
  await store.put(keyOfObject('2'), landingFile([event(1), event(3)]))
  expect(await messages()).toEqual(['event 2', 'event 3', 'other'])
})
