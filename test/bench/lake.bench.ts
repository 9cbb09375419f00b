/**
 * `npm run bench -- lake`: 500 landing objects committed and 500 small files compacted, each against one plain `COPY` that
 * sorts the same files, in turns and by CPU time; peak memory of the packaged functions; the table's bytes; a query on
 * promoted columns against the same one on fields; and how commits and planning grow with the numbers of objects and files.
 */
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { commitLanding } from '../../shared/lake/commit.js'
import { compact } from '../../shared/lake/compact.js'
import { memoryStore } from '../../shared/store/memory.js'
import type { ObjectStore } from '../../shared/store/object-store.js'
import { peakOfFunction } from './fresh-lake.js'
import { plainCopy } from './lake-baseline.js'
import { copyOf, lakeOver, landBatches, smallFiles } from './lake-landing.js'
import { manyObjects } from './lake-many.js'
import { promotedQuery } from './lake-promoted.js'
import { measureScale } from './lake-scale.js'
import { compare, cpuTime, measureInTurns, round } from './measure.js'

const objects = Number(process.argv[2] ?? 500)
const rounds = Number(process.argv[3] ?? 7)
const limits = { memoryLimitMb: 1_024, threads: 2 }
const folder = await mkdtemp(join(tmpdir(), 'tailrace-bench-lake-'))
try {
  const landing = memoryStore()
  const bytesIn = await landBatches(landing, objects)
  const small = await smallFiles(landing, join(folder, 'small'), limits)
  const committed = await inTurns('landing/', landing, async store => {
    const { rows, files, bytesOut } = await commitLanding(await lakeOver(store, join(folder, 'commit'), limits))
    if (rows !== objects * 1_000) throw new Error(`bench: ${rows} rows committed`)
    return { files, bytesOut }
  })
  print(
    compare(
      `commit of ${objects} landing objects of 1,000 rows against one plain COPY`,
      'ms of CPU',
      committed.ours,
      committed.plain,
    ),
  )
  const compacted = await inTurns('table/data/', small, async store => {
    const { rewrites } = await compact(await lakeOver(store, join(folder, 'compact'), limits))
    const removed = rewrites.reduce((sum, each) => sum + each.removed, 0)
    if (removed !== objects) throw new Error(`bench: ${removed} files compacted`)
    return removed
  })
  print(compare(`compaction of ${objects} files against one plain COPY`, 'ms of CPU', compacted.ours, compacted.plain))
  for (const [name, store] of [
    ['commit', landing],
    ['compact', small],
  ] as const) {
    const peakMb = await peakOfFunction(name, store)
    printCount(`peak memory of the packaged ${name}, limit 512`, 'MB', peakMb, 512)
  }
  const once = await copyOf(landing)
  const { bytesOut } = await commitLanding(await lakeOver(once, join(folder, 'size'), limits))
  printCount('table bytes over gzipped input', 'bytes', bytesOut, bytesIn)
  print(await promotedQuery(join(folder, 'promoted')))
  for (const result of await manyObjects(join(folder, 'many'), limits)) print(result)
  for (const result of await measureScale()) print(result)
} finally {
  await rm(folder, { recursive: true })
}

/** Each round on a copy of the lake, made before the clock runs. */
async function inTurns(prefix: string, store: ObjectStore, run: (store: ObjectStore) => Promise<unknown>) {
  const local = join(folder, prefix.replaceAll('/', '-'))
  await mkdir(local)
  let count = 0
  for await (const { key } of store.list(prefix)) {
    await writeFile(join(local, `${count++}.parquet`), (await store.get(key)).body)
  }
  const inputs = (await readdir(local)).map(name => join(local, name))
  const copies: ObjectStore[] = []
  for (let index = 0; index < rounds + Math.ceil(rounds / 4); index++) copies.push(await copyOf(store))
  const spill = join(folder, 'spill')
  return await measureInTurns(
    {
      ours: () => run(copies.pop()!),
      plain: () => plainCopy(inputs, join(folder, 'plain.parquet'), { ...limits, spill }),
    },
    rounds,
    cpuTime,
  )
}

/** Something counted, not timed. */
function printCount(what: string, unit: string, value: number, limit: number): void {
  print({ what, unit, median: round(value), spread: 0, baseline: limit, ratio: round(value / limit) })
}

function print(result: object): void {
  process.stdout.write(`${JSON.stringify({ ...result, node: process.version })}\n`)
}
