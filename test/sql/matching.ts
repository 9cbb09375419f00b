import { randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { DuckDb } from '../../shared/engine/duckdb.js'
import type { ResultRow } from '../../shared/engine/render-row.js'
import { runPlan } from '../../shared/engine/run-plan.js'
import { compilePattern, type FilterPattern, lowerPattern, parsePattern } from '../../shared/filter-pattern/index.js'
import { BufferPool } from '../../shared/parquet/buffer-pool.js'
import { runtimeCodec } from '../../shared/parquet/codec.js'
import { LogFileBuilder } from '../../shared/parquet/write.js'
import type { Expr } from '../../shared/plan/expr.js'
import { field } from '../../shared/plan/expr.js'
import type { Project } from '../../shared/plan/node.js'
import { plain } from './hostile.js'

/** Patterns that are compiled into one statement. */
const atOnce = 16

export function read(pattern: string): FilterPattern | null {
  const parsed = parsePattern(pattern)
  return 'ast' in parsed ? parsed.ast : null
}

/** Lands each message as one event, in its order. */
export async function landMessages(duckdb: DuckDb, folder: string, messages: readonly string[]): Promise<void> {
  const builder = new LogFileBuilder(new BufferPool(64 * 1024 * 1024))
  for (const [index, message] of messages.entries()) builder.push({ ...plain, timestamp: index, message })
  // DuckDB keeps parts of files by their names.
  const path = join(folder, `${randomUUID()}.parquet`)
  await writeFile(path, builder.finish(runtimeCodec(), {}))
  await duckdb.defineLogs([path])
}

/** Runs a plan over the messages that have landed. */
type Ask = (plan: Project) => Promise<readonly ResultRow[]>

/** What an engine and the matcher do not agree on, as pattern and message. */
export async function disagreements(
  engine: DuckDb | Ask,
  patterns: readonly FilterPattern[],
  messages: readonly string[],
  lower: (ast: FilterPattern) => Expr = lowerPattern,
): Promise<readonly { readonly pattern: FilterPattern; readonly message: string; readonly matches: boolean }[]> {
  const ask: Ask = typeof engine === 'function' ? engine : plan => runPlan(plan, engine)
  const found = []
  for (let from = 0; from < patterns.length; from += atOnce) {
    const batch = patterns.slice(from, from + atOnce)
    const rows = await ask(askAll(batch.map(lower)))
    if (rows.length !== messages.length) throw new Error(`${rows.length} rows of ${messages.length} messages`)
    for (const [index, pattern] of batch.entries()) {
      const matcher = compilePattern(pattern)
      for (const row of rows) {
        const message = messages[Date.parse(`${row.at!.replace(' ', 'T')}Z`)]!
        const matches = matcher.matches(message)
        if (matches !== (row[`m${index}`] === '1')) found.push({ pattern, message, matches })
      }
    }
  }
  return found
}

function askAll(conditions: readonly Expr[]): Project {
  const columns = conditions.map((value, index) => ({ name: `m${index}`, value }))
  const fields = [{ name: '@timestamp', as: 'text' } as const, { name: '@message', as: 'text' } as const]
  const scan = { kind: 'scan', groups: null, from: null, to: null, fields } as const
  return { kind: 'project', input: scan, columns: [{ name: 'at', value: field('@timestamp') }, ...columns] }
}
