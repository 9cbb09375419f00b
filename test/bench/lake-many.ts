/** A commit of very many landing objects of very few rows: what each object costs, whatever is in it. */
import { join } from 'node:path'
import { commitLanding } from '../../shared/lake/commit.js'
import { memoryStore } from '../../shared/store/memory.js'
import { copyOf, lakeOver, landBatches } from './lake-landing.js'
import { type BenchResult, compare, measureInTurns } from './measure.js'

const objects = 10_000
const events = 10
const limitMs = 5_000
const rounds = 3

export async function manyObjects(
  folder: string,
  limits: { readonly memoryLimitMb: number; readonly threads: number },
): Promise<readonly BenchResult[]> {
  const commitOf = async (count: number) => {
    const landing = memoryStore()
    await landBatches(landing, count, events)
    const copies = await Promise.all(Array.from({ length: rounds + 1 }, () => copyOf(landing)))
    return async () => {
      const { rows } = await commitLanding(await lakeOver(copies.pop()!, join(folder, `${count}`), limits))
      if (rows !== count * events) throw new Error(`bench: ${rows} rows committed`)
      return rows
    }
  }
  const contenders = { whole: await commitOf(objects), half: await commitOf(objects / 2) }
  const { whole, half } = await measureInTurns(contenders, rounds)
  const what = `commit of ${objects} landing objects of ${events} rows`
  return [
    compare(`${what}, limit ${limitMs}`, 'ms', whole, { median: limitMs, spread: 0 }),
    compare(`${what}, against twice a half as large one`, 'ms', whole, { ...half, median: half.median * 2 }),
  ]
}
