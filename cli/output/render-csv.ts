import type { ResultRow } from '../../shared/engine/render-row.js'

/** The rows as RFC 4180 has them: a header, CRLF, and quotes around what holds a comma, a quote or a line break. */
export function renderCsv(columns: readonly string[], rows: readonly ResultRow[]): string {
  if (columns.length === 0) return ''
  const records = [columns, ...rows.map(row => columns.map(column => row[column] ?? ''))]
  return records.map(cells => `${record(cells)}\r\n`).join('')
}

/** A record of one empty value would be an empty line, which many readers pass over. */
function record(cells: readonly string[]): string {
  return cells.length === 1 && cells[0] === '' ? '""' : cells.map(quoted).join(',')
}

function quoted(value: string): string {
  return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value
}
