import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { DuckDb } from '../../shared/engine/duckdb.js'
import type { ResultRow } from '../../shared/engine/render-row.js'
import { runPlan } from '../../shared/engine/run-plan.js'
import { type LowerOptions, lowerQuery, parseQuery } from '../../shared/insights/index.js'
import { BufferPool } from '../../shared/parquet/buffer-pool.js'
import { runtimeCodec } from '../../shared/parquet/codec.js'
import type { LogRow } from '../../shared/parquet/schema.js'
import { LogFileBuilder } from '../../shared/parquet/write.js'

/** Values that break what is put together carelessly. */
export const hostileTexts = [
  '',
  "'",
  "''; DROP TABLE logs; --",
  '"',
  '\\',
  "\\'",
  '$1',
  '?',
  '%s %d %',
  '--',
  '/* */',
  '{{x}}',
  '`a`',
  'é東京🎈',
  '\u2028',
  'a\tb\nc',
  '/~0/~1/',
  '$."a"',
  '[0]',
  'NaN',
  'inf',
  '-0',
  '1_000',
  '1e400',
  '0x1F',
  '9223372036854775808',
  '12345678901234567890123',
  '999.999.999.999',
  '::',
  '1::2::3',
  '10.0.0.0/99',
  'fe80::1%eth0',
  '%ff%',
  '====',
  'zz',
]

const plain: LogRow = {
  timestamp: Date.UTC(2026, 0, 15, 12),
  log_group: '/app',
  log_stream: 's',
  message: '',
  arrival: null,
  id_random: null,
  id_index: null,
  id_raw: null,
  account_id: '123456789012',
  region: 'us-east-1',
  format: 'text',
  level: null,
  request_id: null,
  trace_id: null,
  fields: null,
  extra: null,
  retention: 0,
}

/** Lands rows whose fields are the hostile values, as text, in JSON and in lines, besides broken JSON. */
export async function landHostile(duckdb: DuckDb, folder: string): Promise<void> {
  const builder = new LogFileBuilder(new BufferPool(1024 * 1024))
  const broken = [
    '{',
    '{"v":',
    '{"v":1e999}',
    '{"v":"\\ud800"}',
    '{"v":NaN}',
    '[1]',
    'null',
    '{"v":[1,"a",null,{"b":2}]}',
  ]
  const messages = [
    ...hostileTexts,
    ...broken,
    ...hostileTexts.map(v => JSON.stringify({ v, n: 1.5, b: true, o: { v }, l: [v, 2] })),
  ]
  for (const [index, message] of messages.entries())
    builder.push({ ...plain, timestamp: plain.timestamp + index, message })
  for (const v of hostileTexts)
    builder.push({ ...plain, message: `v=${v}`, fields: { keys: ['v', '@requestId'], values: [v, 'r'] } })
  const path = join(folder, 'hostile.parquet')
  await writeFile(path, builder.finish(runtimeCodec(), {}))
  await duckdb.defineLogs([path])
}

const options: LowerOptions = {
  from: plain.timestamp - 1000,
  to: plain.timestamp + 1_000_000,
  now: 1_768_478_400,
  lookupTables: new Map([
    ['t', { columns: ['v', 'w'], rows: [...hostileTexts.map(text => [text, text]), ['10.0.0.0/8', 'x']] }],
  ]),
}

/** The answer, or the text of the first diagnostic. */
export async function ask(query: string, duckdb: DuckDb): Promise<readonly ResultRow[] | string> {
  const parsed = parseQuery(query)
  const lowered = 'ast' in parsed ? lowerQuery(parsed.ast, query, options) : parsed
  if ('diagnostics' in lowered) return lowered.diagnostics[0]!.message
  return runPlan(lowered.plan, duckdb)
}
