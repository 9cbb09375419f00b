import { clip, displayWidth } from '../../shared/diagnostics/display-width.js'
import { table } from '../../shared/diagnostics/table.js'
import type { ResultRow } from '../../shared/engine/render-row.js'
import { printable } from '../terminal.js'

export interface TableOptions {
  /** Columns of the terminal; null for no limit. */
  readonly width: number | null
  /** Columns of names, which are copied from the table: they are clipped last, when the others have no more to give. */
  readonly names?: readonly string[]
  /** A last column without a name, a cell for each row. */
  readonly bars?: readonly string[]
}

/** Narrower than this no column gets. */
const leastWidth = 6

/** An aligned table in the order of `columns`; numbers on the right. What is too wide for the terminal is clipped. */
export function renderTable(
  columns: readonly string[],
  rows: readonly ResultRow[],
  { width, bars, names = [] }: TableOptions,
): string {
  if (columns.length === 0 || rows.length === 0) return ''
  // How wide a tab is depends on where it stands: on a terminal it would push the rest of the row out of its columns.
  const shown = (text: string) => (width === null ? printable(text) : printable(text.replaceAll('\t', ' ')))
  const cells = rows.map(row => columns.map(column => shown((row[column] ?? '').trimEnd())))
  const isNumber = (column: number) => cells.every(row => /^(?:-|-?\d+(?:\.\d+)?)?$/.test(row[column]!))
  const right = new Set([...columns.keys()].filter(isNumber))
  const heads = columns.map(printable)
  const widths = heads.map((head, column) =>
    Math.max(displayWidth(head), ...cells.map(row => displayWidth(row[column]!))),
  )
  const barWidth = bars === undefined ? 0 : 2 + Math.max(0, ...bars.map(bar => bar.length))
  const room = width === null ? Number.POSITIVE_INFINITY : width - barWidth - 2 * (columns.length - 1)
  const limits = columnLimits(widths, room, new Set(columns.flatMap((name, at) => (names.includes(name) ? [at] : []))))
  const clipped = [heads, ...cells].map(row => row.map((cell, column) => clip(cell, limits[column]!)))
  const withBars =
    bars === undefined ? clipped : clipped.map((row, index) => [...row, index === 0 ? '' : bars[index - 1]!])
  return `${table(withBars, right).join('\n')}\n`
}

/** Narrower than a date no column gets for the sake of names. */
const leastBesideNames = 11

/** How wide each column may be for all to fit: those of names as wide as they are, where that leaves enough for the others. */
function columnLimits(widths: readonly number[], room: number, names: ReadonlySet<number>): readonly number[] {
  const of = (isName: boolean) => widths.filter((_, column) => names.has(column) === isName)
  const sum = (all: readonly number[]) => all.reduce((total, width) => total + width, 0)
  const least = sum(of(false).map(width => Math.min(width, leastBesideNames)))
  const forNames = Math.min(sum(of(true)), Math.max(0, room - least))
  const [name, other] = [widestColumn(of(true), forNames), widestColumn(of(false), room - forNames)]
  return widths.map((_, column) => (names.has(column) ? name : other))
}

/** How wide a column may be at most for all to fit. */
function widestColumn(widths: readonly number[], room: number): number {
  let left = room
  let open = [...widths].sort((a, b) => a - b)
  while (open.length > 0) {
    const share = Math.floor(left / open.length)
    if (open[0]! > share) return Math.max(leastWidth, share)
    left -= open[0]!
    open = open.slice(1)
  }
  return Number.POSITIVE_INFINITY
}
