import { Command } from 'commander'
import { compileGlob } from '../../shared/config/glob.js'
import { type Diagnostic, renderDiagnostic } from '../../shared/diagnostics/diagnostic.js'
import { byteSize, clip, counted, table } from '../../shared/diagnostics/table.js'
import { type DuckDb, openDuckDb } from '../../shared/engine/duckdb.js'
import type { ResultRow } from '../../shared/engine/render-row.js'
import { runPlan } from '../../shared/engine/run-plan.js'
import { lowerQuery, parseQuery } from '../../shared/insights/index.js'
import type { Project } from '../../shared/plan/node.js'
import { printPlan } from '../../shared/plan/print.js'
import { compilePlan } from '../../shared/sql/compile.js'
import { duckDb } from '../../shared/sql/dialects/duckdb.js'
import { fetchLandingFiles, openLake, readTime, type Times } from '../lake.js'
import { printable } from '../terminal.js'

const help = `
The query is in the language of CloudWatch Logs Insights (docs/insights.md). Every event is seen once, whatever was
delivered twice. Times are UTC, 2026-01-15 or 2026-01-15T10:30Z, or so long ago: 90m, 6h, 2d; without them all events
are read. The lake of the one-machine system, below .tailrace, is read unless --lake names another.

  tailrace query 'stats count(*) as events by @log | sort events desc'
  tailrace query --group '/aws/lambda/*' 'filter @type = "REPORT" | stats avg(@duration), max(@maxMemoryUsed)'

Exit status: 0 done, also without a row; 2 the query, an argument or the lake is wrong.`

interface Options {
  readonly group?: readonly string[]
  readonly since?: string
  readonly until?: string
  readonly lake?: string
  readonly json?: boolean
  readonly explain?: boolean
}

/** `tailrace query`: Logs Insights QL over the lake. */
export function queryCommand({ setExitCode }: { readonly setExitCode: (code: number) => void }): Command {
  return new Command('query')
    .description('run a CloudWatch Logs Insights query over the lake')
    .argument('<query>', 'the query')
    .option('--group <name>', 'log group or glob (* any characters, ? one); may be repeated', collect)
    .option('--since <time>', 'earliest event time')
    .option('--until <time>', 'latest event time')
    .option('--lake <place>', 'directory or s3://bucket/prefix')
    .option('--json', 'print the rows as one JSON list')
    .option('--explain', 'print the plan and the SQL instead of running it')
    .addHelpText('after', help)
    .action(async (query: string, options: Options) => setExitCode(await run(query, options)))
}

function collect(name: string, before: readonly string[] = []): readonly string[] {
  return [...before, name]
}

async function run(query: string, options: Options): Promise<number> {
  const now = Date.now()
  const times: Times = {
    from: options.since === undefined ? null : readTime(options.since, now),
    to: options.until === undefined ? null : readTime(options.until, now),
  }
  // Wrong queries are told before anything is fetched; the groups are not needed for that.
  const checked = plan(query, times, now, undefined)
  if ('diagnostics' in checked) return refuse(query, checked.diagnostics, options)
  if (options.explain === true && options.group === undefined) return explain(checked.plan)

  const files = await fetchLandingFiles(openLake(options.lake), times, showProgress)
  const engine = await openDuckDb({ memoryLimitMb: 1024, threads: 2 })
  try {
    await engine.defineLogs(files.paths)
    const groups = options.group === undefined ? undefined : await groupsOf(engine, options.group)
    const planned = plan(query, times, now, groups)
    if ('diagnostics' in planned) return refuse(query, planned.diagnostics, options)
    if (options.explain === true) return explain(planned.plan)
    const rows = (await runPlan(planned.plan, engine)).map(withoutPointer)
    process.stdout.write(options.json === true ? `${JSON.stringify(rows)}\n` : asText(rows))
    if (process.stderr.isTTY) {
      const read = `${counted(files.paths.length, 'object')}, ${byteSize(files.bytes)}`
      process.stderr.write(
        `${counted(rows.length, 'row')} from ${read} in ${((Date.now() - now) / 1000).toFixed(1)} s\n`,
      )
    }
    return 0
  } finally {
    engine.close()
    await files.remove()
  }
}

function showProgress(objects: number, bytes: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${counted(objects, 'object')}, ${byteSize(bytes)}\x1b[K\r`)
}

function plan(
  query: string,
  times: Times,
  now: number,
  logGroups: readonly string[] | undefined,
): { readonly plan: Project } | { readonly diagnostics: readonly Diagnostic[] } {
  const parsed = parseQuery(query)
  if (!('ast' in parsed)) return parsed
  return lowerQuery(parsed.ast, query, {
    ...times,
    now: Math.floor(now / 1000),
    lookupTables: new Map(),
    ...(logGroups === undefined ? {} : { logGroups }),
  })
}

/** The log groups of the lake that one of the globs matches. */
async function groupsOf(engine: DuckDb, globs: readonly string[]): Promise<readonly string[]> {
  const matches = globs.map(compileGlob)
  const { rows } = await engine.query('SELECT DISTINCT log_group FROM logs ORDER BY log_group')
  const found = rows.map(([name]) => String(name)).filter(name => matches.some(isMatch => isMatch(name)))
  if (found.length === 0) throw new Error(`no log group of the lake is named ${globs.join(' or ')}`)
  return found
}

function refuse(query: string, diagnostics: readonly Diagnostic[], { json }: Options): number {
  if (json === true) process.stdout.write(`${JSON.stringify({ diagnostics })}\n`)
  else {
    for (const diagnostic of diagnostics) {
      process.stderr.write(`${renderDiagnostic({ name: 'query', text: query }, diagnostic)}\n`)
    }
  }
  return 2
}

function explain(plan: Project): number {
  const { sql, params } = compilePlan(plan, duckDb)
  process.stdout.write(`${printPlan(plan)}\n\n${sql}\n\n${JSON.stringify(params)}\n`)
  return 0
}

function withoutPointer({ '@ptr': _, ...row }: ResultRow): ResultRow {
  return row
}

const widest = 100

/** Columns in the order in which the rows name them; numbers on the right. */
function asText(rows: readonly ResultRow[]): string {
  const columns = [...new Set(rows.flatMap(row => Object.keys(row)))]
  if (columns.length === 0) return ''
  const cells = rows.map(row => columns.map(column => clip(printable((row[column] ?? '').trimEnd()), widest)))
  const isNumber = (column: number) => cells.every(row => /^-?[\d.]*$/.test(row[column]!))
  const right = new Set([...columns.keys()].filter(isNumber))
  return `${table([columns, ...cells], right).join('\n')}\n`
}
