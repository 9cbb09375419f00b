import { byteSize, counted } from '../shared/diagnostics/table.js'
import type { EngineName } from '../shared/engine/choosing-engine.js'
import { ScanCapExceeded } from '../shared/engine/errors.js'
import { answerHints } from './answer-hints.js'
import { interruptible } from './interrupt.js'
import { knownGroups } from './known-groups.js'
import { checkGroups, namedGroups } from './log-groups.js'
import { onlyOne } from './only-one.js'
import { groupingKeys } from './output/grouping-keys.js'
import { printAnswer, printEstimate } from './output/print-answer.js'
import type { OutputOptions } from './output/print-rows.js'
import { refuse } from './output/refuse.js'
import { note } from './output/screen.js'
import { prepareQuery, type QueryOptions } from './prepare-query.js'
import { runRemotely } from './remote/run-remotely.js'
import { readScope, type Scope, type ScopeOptions } from './scope-options.js'
import { openSession } from './session.js'

export type RunOptions = ScopeOptions &
  QueryOptions &
  OutputOptions & {
    readonly maxScan?: string
    /** Name of the query function that runs it. */
    readonly function?: string
    /** Of the query function. */
    readonly engine?: EngineName
  }

/** The exit status of a query that would read more than --max-scan. */
const scanCapStatus = 3

/** Runs a query, here or in the query function, and prints its answer; gives the exit status. */
export function runQuery(query: string, options: RunOptions): Promise<number> {
  onlyOne(options, 'json', 'csv', 'raw')
  return interruptible(async signal => {
    const scope = readScope(options, Date.now())
    const maxScanBytes = options.maxScan === undefined ? null : readSize(options.maxScan)
    try {
      const { function: name } = options
      if (name === undefined && (options.engine ?? 'duckdb') !== 'duckdb')
        throw new Error(`--engine ${options.engine} needs --function: here, DuckDB answers`)
      if (name === undefined) return await runHere(query, options, { scope, maxScanBytes, signal })
      return await runRemotely(query, { ...options, function: name }, { scope, maxScanBytes, signal })
    } catch (error) {
      if (!(error instanceof ScanCapExceeded)) throw error
      process.stderr.write(`tailrace: ${error.message}\nhint: ${error.hint}\n`)
      return scanCapStatus
    }
  })
}

interface Circumstances {
  readonly scope: Scope
  readonly maxScanBytes: number | null
  readonly signal: AbortSignal
}

async function runHere(query: string, options: RunOptions, { scope, maxScanBytes, signal }: Circumstances) {
  const prepared = await prepareQuery(query, options, scope)
  if ('diagnostics' in prepared) return refuse(prepared.text, prepared.diagnostics, options.json === true)
  const lake = scope.lake()
  const groups = await namedGroups(scope.globs, () => knownGroups(lake, { signal }))
  const planned = prepared.plan(groups)
  if ('diagnostics' in planned) return refuse(prepared.text, planned.diagnostics, options.json === true)
  const session = openSession(lake, signal, maxScanBytes === null ? {} : { maxScanBytes })
  try {
    if (prepared.isEstimate) {
      printEstimate(await session.estimate(planned.plan), options)
      return 0
    }
    const rows = await session.run(planned.plan)
    await checkGroups(scope.globs, () => knownGroups(lake, { signal }), session.groupsSeen)
    printAnswer(planned.columns, rows, { ...options, keys: groupingKeys(prepared.ast) })
    const read = `${counted(session.objects, 'object')}, ${byteSize(session.bytes)}`
    const seconds = ((Date.now() - scope.now) / 1000).toFixed(1)
    note(`${counted(rows.length, 'row')} from ${read} in ${seconds} s`)
    for (const hint of answerHints(prepared.ast, planned.columns, rows)) note(`hint: ${hint}`)
    return 0
  } finally {
    await session.close()
  }
}

const unitBytes: Readonly<Record<string, number>> = { '': 1, K: 1e3, M: 1e6, G: 1e9, T: 1e12 }

/** `500MB`, `2 GB`, `1000000`. Throws what was expected. */
function readSize(text: string): number {
  const [, count, unit = ''] = /^(\d{1,15}(?:\.\d{1,3})?) ?([KMGT]?)B?$/i.exec(text) ?? []
  if (count === undefined) throw new Error(`expected a size like 500MB or 2GB, found ${JSON.stringify(text)}`)
  return Number(count) * unitBytes[unit.toUpperCase()]!
}
