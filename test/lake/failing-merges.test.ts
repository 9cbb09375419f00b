import { readFile } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { DataFile } from '../../shared/iceberg/data-file.js'
import { planFiles } from '../../shared/iceberg/plan-files.js'
import { type CommitOptions, commitLanding } from '../../shared/lake/commit.js'
import { compact } from '../../shared/lake/compact.js'
import { MergeFailed } from '../../shared/lake/errors.js'
import type { LakeDependencies } from '../../shared/lake/lake-dependencies.js'
import type { MergeRequest } from '../../shared/lake/merge.js'
import { readSetAside } from '../../shared/lake/set-aside.js'
import { maxTimestamp, minTimestamp } from '../../shared/parquet/schema.js'
import { dyingStore, type LakeWorld, lakeWorld } from './lake-world.js'
import { event, landingFile, noon } from './landed.js'

const count = 32
const failure = () => new MergeFailed('SELECT', new Error('Binder Error: not these'))

describe('a merge that fails though each object can be read', () => {
  let world: LakeWorld
  let merges: number
  beforeEach(async () => {
    world = await lakeWorld()
    merges = 0
  })
  afterEach(() => world.close())

  /** Names like `name(1)` that stand in files; statistics are not compressed. */
  const named = async (paths: readonly string[]): Promise<ReadonlySet<string>> => {
    const found = new Set<string>()
    for (const path of paths) {
      for (const [each] of (await readFile(path, 'latin1')).matchAll(/\/[a-z]+\/\d\d/g)) found.add(each)
    }
    return found
  }
  /** Merges that throw what this gives. */
  const failing = (
    why: (names: ReadonlySet<string>, request: MergeRequest) => Error | null | Promise<Error | null>,
    deps: LakeDependencies = world.deps,
  ): LakeDependencies => ({
    ...deps,
    merge: {
      ...deps.merge,
      merge: async request => {
        merges++
        const error = await why(await named(request.inputs.map(({ path }) => path)), request)
        if (error !== null) throw error
        return await deps.merge.merge(request)
      },
    },
  })
  const without = (...bad: readonly string[]) =>
    failing(names => (bad.some(each => names.has(each)) ? failure() : null))

  const name = (id: number) => `/name/${String(id).padStart(2, '0')}`
  /** An object for each of so many streams. @returns their keys */
  const land = async (streams = count): Promise<readonly string[]> => {
    const keys: string[] = []
    for (let id = 0; id < streams; id++) keys.push(await world.land([event(id, { log_stream: name(id) })]))
    return keys
  }
  const all = Array.from({ length: count }, (_, id) => `${id}:event ${id}`).sort()
  const setAside = async () => (await readSetAside(world.store)).entries.map(({ key }) => key)

  it.each([[0], [13], [count - 1]])('leaves the object aside that fails by itself, here number %s', async bad => {
    const keys = await land()
    const report = await commitLanding(without(name(bad)))
    expect(report).toMatchObject({ objects: count - 1, rows: count - 1, waiting: 0, oldestMs: null })
    expect(report.setAside).toMatchObject([{ key: keys[bad], reason: 'merge: Binder Error: not these' }])
    // Joined, apart, two for each halving, then three by itself.
    expect(merges).toBeLessThanOrEqual(2 + 2 * Math.log2(count) + 3)
    expect(await world.readTable()).toEqual(all.filter(row => row !== `${bad}:event ${bad}`))
    expect(await world.read()).toEqual(all)
    merges = 0
    await commitLanding(without(name(bad)))
    expect(merges).toBe(0)
  })

  it('leaves several aside, and goes on with what came later', async () => {
    const keys = await land()
    const settings = { ...world.deps.settings, maxMergeObjects: 20 }
    const report = await commitLanding({ ...without(name(3), name(4), name(30)), settings })
    expect(report).toMatchObject({ objects: count - 3, waiting: 0 })
    expect(report.setAside.map(({ key }) => key).sort()).toEqual([keys[3], keys[4], keys[30]].sort())
  })

  it.each([1, 2, 3, 7, 8, 9, 10].map(failures => [failures]))(
    'blames nobody for what passes, here after %s failures',
    async failures => {
      await land()
      await commitLanding(failing(() => (merges <= failures ? failure() : null))).catch(error => {
        expect(error).toBeInstanceOf(MergeFailed)
      })
      await world.commit()
      expect(await setAside()).toEqual([])
      expect(await world.readTable()).toEqual(all)
    },
  )

  it('blames nobody that can be merged once, whatever fails before and after', async () => {
    const [key] = await land(1)
    // Of the merges: the batch, the object by itself, other events, the object by itself again.
    for (const numbers of [
      [1, 3],
      [1, 2, 3],
      [1, 2],
    ]) {
      merges = 0
      await commitLanding(failing(() => (numbers.includes(merges) ? failure() : null))).catch(error => {
        expect(error).toBeInstanceOf(MergeFailed)
      })
      expect(await setAside()).toEqual([])
    }
    merges = 0
    const report = await commitLanding(failing(() => ([1, 2, 4].includes(merges) ? failure() : null)))
    expect(report.setAside).toMatchObject([{ key }])
  })

  it('blames nobody where no events at all can be merged', async () => {
    await land()
    const why = (_: unknown, { inputs }: MergeRequest) => (inputs.some(({ rows }) => rows > 0) ? failure() : null)
    await expect(commitLanding(failing(why))).rejects.toThrow('not these')
    expect(await setAside()).toEqual([])
    expect(merges).toBeLessThan(40)
  })

  it('blames nobody for what comes of two together', async () => {
    await land()
    const both = [name(2), name(29)]
    const report = await commitLanding(failing(names => (both.every(each => names.has(each)) ? failure() : null)))
    expect(report).toMatchObject({ objects: count, waiting: 0, setAside: [] })
    expect(report.rounds).toBeLessThanOrEqual(1 + Math.log2(count))
  })

  it('blames nobody for a file of the table, which stops it as a whole', async () => {
    await world.commitEach([event(99)], [event(98, { id_random: null, id_index: null })])
    await land()
    for (const why of [
      (_: unknown, { against }: MergeRequest) => (against.length > 0 ? failure() : null),
      (_: unknown, { inputs }: MergeRequest) => (inputs.some(({ kind }) => kind === 'table') ? failure() : null),
    ]) {
      await expect(commitLanding(failing(why))).rejects.toThrow('not these')
      expect(await setAside()).toEqual([])
    }
    expect(await world.commit()).toMatchObject({ waiting: 0, setAside: [] })
    expect(await world.readTable()).toEqual([...all, '-:event 98', '99:event 99'].sort())
  })

  it('commits all but the object that lies near a file of the table that is to blame', async () => {
    await world.commitEach([event(99, { log_group: '/other/05' })])
    await land()
    await world.land([event(50, { log_group: '/other/05' })])
    const why = async (_: unknown, { against }: MergeRequest) =>
      (await named(against)).has('/other/05') ? failure() : null
    await expect(commitLanding(failing(why))).rejects.toThrow('not these')
    expect(await setAside()).toEqual([])
    expect(await world.readTable()).toEqual([...all, '99:event 99'].sort())
  })

  it('takes less at a time where memory does not suffice, and blames nobody', async () => {
    await land()
    const lack = () => new MergeFailed('SELECT', new Error('Out of Memory Error'), { lacksRoom: true })
    await expect(commitLanding(failing(() => lack()))).rejects.toThrow('Out of Memory')
    // Each first half, and the three objects beside the first.
    expect(merges).toBe(1 + Math.log2(count) + 1 + 3)
    expect(await setAside()).toEqual([])
    const report = await commitLanding(failing(names => (names.size > 10 ? lack() : null)))
    expect(report).toMatchObject({ objects: count, waiting: 0, setAside: [] })
    expect(await world.readTable()).toEqual(all)
  })

  it.each([[maxTimestamp + 1], [minTimestamp - 1], [8.64e15 + 1], [9.2233720368e15]])(
    'refuses the time %s, which engines cannot read',
    async timestamp => {
      await land(3)
      const key = 'landing/2026-01-15/1-2-000000000000000000000001.parquet'
      await world.store.put(key, landingFile([event(4, { timestamp, arrival: noon })]))
      const report = await world.commit()
      expect(report).toMatchObject({
        objects: 3,
        setAside: [{ key, reason: 'has event times before the year 1 or after 9999' }],
      })
    },
  )

  it('looks for damage in few objects, and halves what is more', async () => {
    const keys = await land(150)
    const body = (await world.store.get(keys[140]!)).body.slice()
    // The footer is whole, the values are not.
    await world.store.put(keys[140]!, body.fill(0xff, 4, 400))
    let looks = 0
    const damageOf = (path: string) => {
      looks++
      return world.deps.merge.damageOf(path)
    }
    const report = await commitLanding({ ...world.deps, merge: { ...world.deps.merge, damageOf } })
    expect(report).toMatchObject({ objects: 149, waiting: 0, setAside: [{ key: keys[140] }] })
    expect(looks).toBeLessThan(64)
  })

  it('ends at the deadline, and when it is aborted', async () => {
    await land()
    const slow = { ...without(name(7)), now: () => world.clock + merges * 60_000 }
    await expect(commitLanding(slow, { deadline: world.clock })).rejects.toThrow('not these')
    expect(merges).toBe(2)
    const controller = new AbortController()
    const aborting: CommitOptions = { signal: controller.signal }
    const deps = failing(() => {
      controller.abort(new Error('no time left'))
      return failure()
    })
    merges = 0
    await expect(commitLanding(deps, aborting)).rejects.toThrow('no time left')
    expect(merges).toBe(1)
    expect(await setAside()).toEqual([])
    await world.commit()
    expect(await world.readTable()).toEqual(all)
  })

  it('loses nothing wherever it is cut short, or done by two at once', async () => {
    const keys = await land(8)
    const rows = all.filter(row => Number.parseInt(row, 10) < 8)
    const start = await lakeWorld()
    try {
      await start.become(world)
      for (let at = 1; ; at += 17) {
        await world.become(start)
        const dying = dyingStore(world.store, at, at % 2 === 0 ? 'refused' : 'answer lost')
        const bad = (names: ReadonlySet<string>) => (names.has(name(5)) ? failure() : null)
        const done = await commitLanding(failing(bad, world.through(dying))).then(
          () => true,
          () => false,
        )
        expect(await world.read(), `cut short at call ${at}`).toEqual(rows)
        await Promise.all([commitLanding(without(name(5))), commitLanding(without(name(5)))])
        expect(await setAside()).toEqual([keys[5]])
        expect(await world.readTable(), `cut short at call ${at}`).toEqual(rows.filter(row => row !== '5:event 5'))
        if (done) break
      }
    } finally {
      await start.close()
    }
  })

  describe('in a compaction', () => {
    const day = 86_400_000
    const compactAll = (deps: LakeDependencies) => compact({ ...deps, retentionOf: () => 0 })
    /** As many small files, of which each has a group. @returns their paths, by group */
    const files = async (many: number): Promise<readonly string[]> => {
      for (let id = 0; id < many; id++) await world.commitEach([event(id, { log_group: name(id) })])
      world.clock += 5 * day
      const planned = await planFiles((await world.deps.catalog.load())!.metadata, world.files, [])
      const first = (file: DataFile) => Buffer.from(file.lowerBounds!.get(2)!).toString()
      return planned.files.toSorted((a, b) => (first(a) < first(b) ? -1 : 1)).map(({ filePath }) => filePath)
    }

    it.each([
      [2, 1],
      [2, 2],
      [3, 1],
      [3, 2],
      [5, 1],
      [5, 3],
    ])('blames no file for what passes: %s files, %s failures', async (many, failures) => {
      await files(many)
      const report = await compactAll(failing(() => (merges <= failures ? failure() : null)))
      expect(report).toMatchObject({ unmerged: [], postponed: 0, overtaken: 0 })
      expect(report.rewrites.length).toBeGreaterThan(0)
      await compactAll(world.deps)
      expect(await world.readTable()).toEqual(all.filter(row => Number.parseInt(row, 10) < many))
    })

    it.each([[0], [1], [2], [3], [4]])(
      'names the file that fails by itself, here number %s, and no other',
      async bad => {
        const paths = await files(5)
        const report = await compactAll(without(name(bad)))
        expect(report.unmerged).toEqual([{ files: [paths[bad]], reason: 'merge: Binder Error: not these' }])
        await compactAll(without(name(bad)))
        expect(await world.partitions()).toHaveLength(2)
        expect(await world.readTable()).toEqual(all.filter(row => Number.parseInt(row, 10) < 5))
      },
    )

    it('names both where two fail together', async () => {
      const paths = await files(2)
      const report = await compactAll(failing(names => (names.size > 1 ? failure() : null)))
      expect(report.unmerged).toMatchObject([{ files: paths }])
      expect(report.rewrites).toEqual([])
    })
  })
})
