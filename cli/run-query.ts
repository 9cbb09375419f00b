import { byteSize, counted } from '../shared/diagnostics/table.js'
import type { ResultRow } from '../shared/engine/render-row.js'
import { interruptible } from './interrupt.js'
import { namedGroups } from './log-groups.js'
import { type OutputOptions, printRows } from './output/print-rows.js'
import { refuse } from './output/refuse.js'
import { note, screen } from './output/screen.js'
import { prepareQuery, type QueryOptions } from './prepare-query.js'
import { readScope, type ScopeOptions } from './scope-options.js'
import { openSession } from './session.js'

export type RunOptions = ScopeOptions & QueryOptions & OutputOptions

/** Runs a query and prints its answer; gives the exit status. */
export function runQuery(query: string, options: RunOptions): Promise<number> {
  const forms = (['json', 'csv', 'raw'] as const).filter(form => options[form] === true)
  if (forms.length > 1) throw new Error(`--${forms[0]} and --${forms[1]} do not go together`)
  const started = Date.now()
  return interruptible(async signal => {
    const scope = readScope(options, started)
    const prepared = await prepareQuery(query, options, scope)
    if ('diagnostics' in prepared) return refuse(prepared.text, prepared.diagnostics, options.json === true)
    const session = await openSession(scope.lake(), scope.times, signal)
    try {
      const groups = await namedGroups(session, scope.times, scope.globs)
      const planned = prepared.plan(groups)
      if ('diagnostics' in planned) return refuse(prepared.text, planned.diagnostics, options.json === true)
      const columns = planned.columns.filter(column => column !== '@ptr')
      if (options.raw === true && !columns.includes('@message'))
        throw new Error('--raw prints messages, and the answer to this query has none; add fields @message')
      const rows = (await session.run(planned.plan)).map(withoutPointer)
      process.stdout.write(printRows(columns, rows, options, screen()))
      const seconds = ((Date.now() - started) / 1000).toFixed(1)
      const read = `${counted(session.objects, 'object')}, ${byteSize(session.bytes)}`
      note(`${counted(rows.length, 'row')} from ${read} in ${seconds} s`)
      return 0
    } finally {
      await session.close()
    }
  })
}

function withoutPointer({ '@ptr': _, ...row }: ResultRow): ResultRow {
  return row
}
