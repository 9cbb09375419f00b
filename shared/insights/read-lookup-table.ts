import type { LookupTable } from './lowering.js'

/** A lookup table from CSV: a header, then rows; quoted values may hold commas, quotes ("") and line breaks. */
export function readLookupTable(csv: string): LookupTable {
  const rows: string[][] = []
  let row: string[] = []
  let at = csv.startsWith('\ufeff') ? 1 : 0
  while (at <= csv.length) {
    const { value, end } = readValue(csv, at)
    row.push(value)
    const mark = csv[end]
    at = end + (mark === '\r' && csv[end + 1] === '\n' ? 2 : 1)
    if (mark === ',') continue
    if (row.length > 1 || row[0] !== '') rows.push(row)
    row = []
  }
  const [columns = [], ...rest] = rows
  return { columns, rows: rest }
}

function readValue(csv: string, start: number): { readonly value: string; readonly end: number } {
  if (csv[start] !== '"') {
    let end = start
    while (end < csv.length && csv[end] !== ',' && csv[end] !== '\n' && csv[end] !== '\r') end++
    return { value: csv.slice(start, end), end }
  }
  const parts: string[] = []
  let from = start + 1
  for (;;) {
    const quote = csv.indexOf('"', from)
    if (quote === -1) return { value: [...parts, csv.slice(from)].join('"'), end: csv.length }
    parts.push(csv.slice(from, quote))
    if (csv[quote + 1] !== '"') return { value: parts.join('"'), end: quote + 1 }
    from = quote + 2
  }
}
