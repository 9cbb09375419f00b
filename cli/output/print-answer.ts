import type { ResultRow } from '../../shared/engine/render-row.js'
import { type OutputOptions, printRows } from './print-rows.js'
import { screen } from './screen.js'

/** Prints the answer to a query. Throws where it has no messages and these are asked for. */
export function printAnswer(columns: readonly string[], rows: readonly ResultRow[], options: OutputOptions): void {
  const shown = columns.filter(column => column !== '@ptr')
  if (options.raw === true && !shown.includes('@message'))
    throw new Error('--raw prints messages, and the answer to this query has none; add fields @message')
  process.stdout.write(printRows(shown, rows.map(withoutPointer), options, screen()))
}

function withoutPointer({ '@ptr': _, ...row }: ResultRow): ResultRow {
  return row
}

/** Prints what a query would read, as the command `estimate` answers. */
export function printEstimate(
  { bytes, records }: { readonly bytes: number; readonly records: number },
  options: OutputOptions,
): void {
  if (options.raw === true) throw new Error('--raw prints messages, and an estimate has none')
  const row = { estimatedBytesScanned: String(bytes), estimatedRecordsScanned: String(records) }
  process.stdout.write(printRows(Object.keys(row), [row], options, screen()))
}
