import { byteSize, counted } from '../../shared/diagnostics/table.js'
import type { EngineName } from '../../shared/engine/choosing-engine.js'
import { ScanCapExceeded } from '../../shared/engine/errors.js'
import type { Estimate } from '../../shared/engine/query-engine.js'
import { formatQuery } from '../../shared/insights/index.js'
import { answerHints } from '../answer-hints.js'
import { namedGroups } from '../log-groups.js'
import { groupingKeys } from '../output/grouping-keys.js'
import { printAnswer, printEstimate } from '../output/print-answer.js'
import type { OutputOptions } from '../output/print-rows.js'
import { refuse } from '../output/refuse.js'
import { clearProgress, note } from '../output/screen.js'
import { parseGiven, type QueryOptions } from '../prepare-query.js'
import type { Scope } from '../scope-options.js'
import { askFunction, tellStatus } from './ask-function.js'
import { QueryRefused, queryFunction } from './query-function.js'
import { remoteGroups } from './remote-groups.js'

export interface RemoteOptions extends QueryOptions, OutputOptions {
  readonly function: string
  readonly lake?: string
  readonly engine?: EngineName
}

interface Circumstances {
  readonly scope: Scope
  readonly maxScanBytes: number | null
  readonly signal: AbortSignal
}

/**
 * Has the query function run a query and prints its answer; gives the exit status.
 * @throws ScanCapExceeded for what the estimate says; what `askFunction` throws
 */
export async function runRemotely(
  query: string,
  options: RemoteOptions,
  { scope, maxScanBytes, signal }: Circumstances,
): Promise<number> {
  checkOptions(options)
  const isJson = options.json === true
  const given = parseGiven(query, options.param ?? [])
  if ('diagnostics' in given) return refuse(given.text, given.diagnostics, isJson)
  const remote = queryFunction(options.function)
  try {
    const logGroups = (await namedGroups(scope.globs, () => remoteGroups(remote, scope.times, signal))) ?? null
    const asked = { query: given.isEstimate ? formatQuery(given.asked) : given.text, ...scope.times, logGroups }
    if (given.isEstimate || maxScanBytes !== null) {
      const estimate = (await remote.call({ action: 'estimate', ...asked }, signal)) as Estimate
      if (maxScanBytes !== null && estimate.bytes > maxScanBytes)
        throw new ScanCapExceeded(estimate.bytes, maxScanBytes)
      if (given.isEstimate) {
        printEstimate(estimate, options)
        return 0
      }
    }
    const start = { action: 'start', ...asked, engine: options.engine ?? 'auto' }
    const { columns, rows, statistics, choice } = await askFunction(remote, start, signal, tellStatus())
    clearProgress()
    printAnswer(columns, rows, { ...options, keys: groupingKeys(given.asked) })
    const read =
      statistics === null ? '' : ` from ${counted(statistics.files, 'file')}, ${byteSize(statistics.bytesScanned)}`
    if (choice !== null) note(`by ${choice.engine}: ${choice.reason}`)
    note(`${counted(rows.length, 'row')}${read} in ${((Date.now() - scope.now) / 1000).toFixed(1)} s`)
    for (const hint of answerHints(given.asked, columns, rows)) note(`hint: ${hint}`)
    return 0
  } catch (error) {
    clearProgress()
    return refusedBy(error, isJson)
  }
}

/** Tells what the function refused; gives the exit status. Throws what is no refusal. */
export function refusedBy(error: unknown, isJson: boolean, name = 'query'): number {
  if (!(error instanceof QueryRefused)) throw error
  if (error.diagnostics.length > 0) return refuse(error.query, error.diagnostics, isJson, name)
  process.stderr.write(`tailrace: ${error.message}\n${error.hint === null ? '' : `hint: ${error.hint}\n`}`)
  return 2
}

/** Throws what does not go together with a query function. */
export function checkOptions({ lake, lookup }: { readonly lake?: string; readonly lookup?: readonly string[] }): void {
  if (lake !== undefined) throw new Error('--lake and --function do not go together: the function has its lake')
  if (lookup !== undefined)
    throw new Error('--lookup is for queries that run here; the function reads lookups/<name>.csv of its lake')
}
