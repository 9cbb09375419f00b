/**
 * `npm run bench -- pattern`: what the command `pattern` costs where each line is another one, against twice what half as many
 * cost, by CPU time.
 */
import { duckDbEngine } from '../../scripts/conformance/duckdb-engine.js'
import { ask, plain } from '../sql/hostile.js'
import { landRows } from '../sql/matching.js'
import { compare, cpuTime, measureInTurns } from './measure.js'

const sizes = [
  { lines: 4_000, words: 300 },
  { lines: 20_000, words: 100 },
] as const
const templates = 100
const rounds = 3

/** Lines of so many templates, in each of which one word in five is another one. */
function linesOf(count: number, words: number): readonly string[] {
  const wordOf = (n: number) => ((n * 2654435761) % 4096).toString(2).replaceAll('0', 'k').replaceAll('1', 'm')
  return Array.from({ length: count }, (_, at) => {
    const line = Array.from({ length: words - 1 }, (_, place) =>
      wordOf((at % templates) * 101 + place + (place % 5 === 0 ? at * 7919 : 0)),
    )
    return ['job', ...line].join(' ')
  })
}

const engine = await duckDbEngine()
try {
  for (const { lines, words } of sizes) {
    const took = async (count: number) => {
      const events = linesOf(count, words).map((message, index) => {
        return { ...plain, timestamp: plain.timestamp + index, message }
      })
      await landRows(engine, `${count} of ${words}`, events)
      const patterns = async () => {
        const rows = await ask('pattern @message | display @pattern, @sampleCount | limit 10000', engine)
        if (rows.length !== templates) throw new Error(`bench: ${rows.length} patterns`)
        return rows
      }
      return (await measureInTurns({ patterns }, rounds, cpuTime)).patterns
    }
    const half = await took(lines / 2)
    const what = `pattern of ${lines} distinct lines of ${words} words, against twice a half as many`
    const result = compare(what, 'ms of CPU', await took(lines), { ...half, median: 2 * half.median })
    process.stdout.write(`${JSON.stringify({ ...result, node: process.version })}\n`)
  }
} finally {
  await engine.close()
}
