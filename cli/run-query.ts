import { byteSize, counted } from '../shared/diagnostics/table.js'
import { ScanCapExceeded } from '../shared/engine/errors.js'
import type { ResultRow } from '../shared/engine/render-row.js'
import { interruptible } from './interrupt.js'
import { namedGroups } from './log-groups.js'
import { type OutputOptions, printRows } from './output/print-rows.js'
import { refuse } from './output/refuse.js'
import { note, screen } from './output/screen.js'
import { prepareQuery, type QueryOptions } from './prepare-query.js'
import { readScope, type ScopeOptions } from './scope-options.js'
import { openSession } from './session.js'

export type RunOptions = ScopeOptions & QueryOptions & OutputOptions & { readonly maxScan?: string }

/** The exit status of a query that would read more than --max-scan. */
const scanCapStatus = 3

/** Runs a query and prints its answer; gives the exit status. */
export function runQuery(query: string, options: RunOptions): Promise<number> {
  const forms = (['json', 'csv', 'raw'] as const).filter(form => options[form] === true)
  if (forms.length > 1) throw new Error(`--${forms[0]} and --${forms[1]} do not go together`)
  const started = Date.now()
  return interruptible(async signal => {
    const scope = readScope(options, started)
    const prepared = await prepareQuery(query, options, scope)
    if ('diagnostics' in prepared) return refuse(prepared.text, prepared.diagnostics, options.json === true)
    const cap = options.maxScan === undefined ? {} : { maxScanBytes: readSize(options.maxScan) }
    const session = await openSession(scope.lake(), scope.times, signal, cap)
    try {
      const groups = await namedGroups(session, scope.times, scope.globs)
      const planned = prepared.plan(groups)
      if ('diagnostics' in planned) return refuse(prepared.text, planned.diagnostics, options.json === true)
      if (prepared.isEstimate) {
        const { bytes, records } = await session.estimate(planned.plan)
        const row = { estimatedBytesScanned: String(bytes), estimatedRecordsScanned: String(records) }
        process.stdout.write(printRows(Object.keys(row), [row], options, screen()))
        return 0
      }
      const columns = planned.columns.filter(column => column !== '@ptr')
      if (options.raw === true && !columns.includes('@message'))
        throw new Error('--raw prints messages, and the answer to this query has none; add fields @message')
      const rows = (await session.run(planned.plan)).map(withoutPointer)
      process.stdout.write(printRows(columns, rows, options, screen()))
      const seconds = ((Date.now() - started) / 1000).toFixed(1)
      const read = `${counted(session.objects, 'object')}, ${byteSize(session.bytes)}`
      note(`${counted(rows.length, 'row')} from ${read} in ${seconds} s`)
      return 0
    } catch (error) {
      if (!(error instanceof ScanCapExceeded)) throw error
      process.stderr.write(`tailrace: ${error.message}\nhint: ${error.hint}\n`)
      return scanCapStatus
    } finally {
      await session.close()
    }
  })
}

function withoutPointer({ '@ptr': _, ...row }: ResultRow): ResultRow {
  return row
}

const unitBytes: Readonly<Record<string, number>> = { '': 1, K: 1e3, M: 1e6, G: 1e9, T: 1e12 }

/** `500MB`, `2 GB`, `1000000`. Throws what was expected. */
function readSize(text: string): number {
  const [, count, unit = ''] = /^(\d{1,15}(?:\.\d{1,3})?) ?([KMGT]?)B?$/i.exec(text) ?? []
  if (count === undefined) throw new Error(`expected a size like 500MB or 2GB, found ${JSON.stringify(text)}`)
  return Number(count) * unitBytes[unit.toUpperCase()]!
}
