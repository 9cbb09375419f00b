import { displayWidth, padTo } from './display-width.js'

export { clip } from './display-width.js'

/** Rows as aligned columns, two spaces apart; the columns in `right` are aligned on the right. Lines have no end. */
export function table(rows: readonly (readonly string[])[], right: ReadonlySet<number> = new Set()): string[] {
  const widths: number[] = []
  for (const row of rows) {
    row.forEach((cell, index) => {
      widths[index] = Math.max(widths[index] ?? 0, displayWidth(cell))
    })
  }
  return rows.map(row =>
    row
      .map((cell, index) => padTo(cell, widths[index]!, right.has(index) ? 'right' : 'left'))
      .join('  ')
      .trimEnd(),
  )
}

/** `12,345` */
export function count(value: number): string {
  return value.toLocaleString('en-US')
}

/** `1 object`, `12,345 objects` */
export function counted(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : noun.endsWith('y') ? 'ies' : 's'}`.replace(/yies$/, 'ies')
}

/** `812 bytes`, `8.1 KB`, `1.2 GB` */
export function byteSize(bytes: number): string {
  if (bytes < 1000) return bytes === 1 ? '1 byte' : `${bytes} bytes`
  const units = ['KB', 'MB', 'GB', 'TB']
  const exponent = Math.min(units.length, Math.floor(Math.log10(bytes) / 3))
  return `${(bytes / 1000 ** exponent).toFixed(1)} ${units[exponent - 1]}`
}
