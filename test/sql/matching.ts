import type { InsightsEngine } from '../../scripts/conformance/insights-engine.js'
import { compilePattern, type FilterPattern, lowerPattern, parsePattern } from '../../shared/filter-pattern/index.js'
import { landingKey } from '../../shared/lake/landing-key.js'
import type { LogRow } from '../../shared/parquet/schema.js'
import type { Expr } from '../../shared/plan/expr.js'
import { field } from '../../shared/plan/expr.js'
import type { Project } from '../../shared/plan/node.js'
import { landingFile } from '../lake/landed.js'
import { plain } from './hostile.js'

/** Patterns that are compiled into one statement. */
const atOnce = 16

export function read(pattern: string): FilterPattern | null {
  const parsed = parsePattern(pattern)
  return 'ast' in parsed ? parsed.ast : null
}

/** Lands rows of one stream as one object, an event each, over which the engine then runs. */
export async function landRows(engine: InsightsEngine, dataset: string, rows: readonly LogRow[]): Promise<void> {
  const times = rows.map(({ timestamp }) => timestamp)
  const logEvents = rows.map(({ timestamp, message }) => ({ timestamp, message }))
  const payload = { owner: plain.account_id, logGroup: plain.log_group, logStream: plain.log_stream, logEvents }
  const key = landingKey([payload], Math.min(...times), Math.max(...times))
  await engine
    .storeOf(dataset)
    .put(
      key,
      landingFile(rows.map((row, index) => ({ ...row, arrival: row.timestamp, id_random: 7n, id_index: index }))),
    )
  await engine.use(dataset)
}

/** Lands messages in their order, the n-th at n ms. */
export function landMessages(engine: InsightsEngine, dataset: string, messages: readonly string[]): Promise<void> {
  const rows = messages.map((message, index) => ({ ...plain, timestamp: index, message }))
  return landRows(engine, dataset, rows)
}

/** What an engine and the matcher do not agree on, as pattern and message. */
export async function disagreements(
  engine: InsightsEngine,
  patterns: readonly FilterPattern[],
  messages: readonly string[],
  lower: (ast: FilterPattern) => Expr = lowerPattern,
): Promise<readonly { readonly pattern: FilterPattern; readonly message: string; readonly matches: boolean }[]> {
  const found = []
  for (let from = 0; from < patterns.length; from += atOnce) {
    const batch = patterns.slice(from, from + atOnce)
    const rows = await engine.run(askAll(batch.map(lower)))
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
