import type { ResultRow } from '../../shared/engine/render-row.js'
import { chartOf, renderBars, renderLines } from './render-chart.js'
import { renderCsv } from './render-csv.js'
import { renderTable } from './render-table.js'

/** How rows are printed; a table where nothing else is asked for. */
export interface OutputOptions {
  readonly json?: boolean
  readonly csv?: boolean
  readonly raw?: boolean
  /** Draw even where the output is no terminal; false: not even there. */
  readonly chart?: boolean
  /** Columns of names, which a narrow terminal clips last. */
  readonly names?: readonly string[]
  /** Columns whose numbers are categories and no quantities, such as the status of a request. */
  readonly keys?: readonly string[]
}

export interface Screen {
  /** Columns of the terminal; null where the output is a file or a pipe. */
  readonly width: number | null
}

/** What is drawn into a file is drawn for this width. */
const fileWidth = 100

/** The rows as text, in the order of `columns`. */
export function printRows(
  columns: readonly string[],
  rows: readonly ResultRow[],
  { json, csv, raw, chart, names = [], keys = [] }: OutputOptions,
  { width }: Screen,
): string {
  if (json === true) return `${JSON.stringify(rows)}\n`
  if (csv === true) return renderCsv(columns, rows)
  if (raw === true) return rows.map(row => `${(row['@message'] ?? '').replace(/\r?\n$/, '')}\n`).join('')
  const present = columns.filter(column => rows.some(row => row[column] !== undefined))
  const shown = present.length === 0 ? columns : present
  const drawn = (chart ?? width !== null) ? chartOf(shown, rows, keys) : null
  if (drawn?.kind === 'bars') {
    const barWidth = Math.max(10, Math.min(30, Math.floor((width ?? fileWidth) / 3)))
    return renderTable(shown, rows, { width, bars: renderBars(drawn.values, barWidth) })
  }
  const table = renderTable(shown, rows, { width, names })
  return drawn === null ? table : `${table}\n${renderLines(drawn, width ?? fileWidth)}`
}
