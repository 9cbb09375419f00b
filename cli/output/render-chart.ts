import { clip, displayWidth, padTo } from '../../shared/diagnostics/display-width.js'
import type { ResultRow } from '../../shared/engine/render-row.js'
import { printable } from '../terminal.js'

/** What of an answer can be drawn. */
export type Chart =
  /** One number for each row. */
  | { readonly kind: 'bars'; readonly values: readonly number[] }
  /** Numbers over time, a line for each column and each combination of the other columns. */
  | { readonly kind: 'lines'; readonly lines: readonly Line[]; readonly from: number; readonly to: number }

interface Line {
  readonly label: string
  /** One for each bin, null where there is none. */
  readonly values: readonly (number | null)[]
}

/** More lines tell nobody anything. */
const maxLines = 20
const maxBins = 2000

/**
 * Null where the answer is nothing to draw: no numbers, a single row, too many series.
 * @param keys columns that are categories whatever they hold
 */
export function chartOf(
  columns: readonly string[],
  rows: readonly ResultRow[],
  keys: readonly string[] = [],
): Chart | null {
  if (rows.length < 2 || columns.includes('@timestamp') || columns.includes('@message')) return null
  const time = columns.find(column => rows.every(row => isTime(row[column])))
  const numbers = columns.filter(column => column !== time && !keys.includes(column) && isNumeric(rows, column))
  const others = columns.filter(column => column !== time && !numbers.includes(column))
  if (numbers.length === 0) return null
  if (time === undefined) {
    const [first, second] = numbers
    // Categories can be numbers themselves, such as the status of a request.
    const isByNumber = others.length === 0 && numbers.length === 2 && isCategory(rows, first!)
    if (!isByNumber && (numbers.length > 1 || others.length === 0)) return null
    return { kind: 'bars', values: rows.map(row => Number(row[isByNumber ? second! : first!] ?? 0)) }
  }
  if (numbers.length === 1 && others.length === 0) {
    return { kind: 'bars', values: rows.map(row => Number(row[numbers[0]!] ?? 0)) }
  }
  return linesOf(rows, time, numbers, others)
}

function isTime(value: string | undefined): boolean {
  return value !== undefined && /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}$/.test(value)
}

function isNumeric(rows: readonly ResultRow[], column: string): boolean {
  const values = rows.flatMap(row => row[column] ?? [])
  return values.length > 0 && values.every(value => /^-?\d+(?:\.\d+)?$/.test(value))
}

function isCategory(rows: readonly ResultRow[], column: string): boolean {
  const values = rows.map(row => row[column] ?? '')
  return new Set(values).size === values.length && values.every(value => /^\d{0,5}$/.test(value))
}

function linesOf(
  rows: readonly ResultRow[],
  time: string,
  numbers: readonly string[],
  others: readonly string[],
): Chart | null {
  const ms = (row: ResultRow) => Date.parse(`${row[time]!.replace(' ', 'T')}Z`)
  const times = [...new Set(rows.map(ms))].sort((a, b) => a - b)
  const [from, to] = [times[0]!, times.at(-1)!]
  const step = Math.min(...times.slice(1).map((at, index) => at - times[index]!))
  const bins = Math.round((to - from) / step) + 1
  if (times.length < 2 || bins > maxBins) return null
  const lines = new Map<string, (number | null)[]>()
  for (const row of rows) {
    for (const number of numbers) {
      const label = [
        ...others.map(other => row[other] ?? ''),
        ...(numbers.length > 1 || others.length === 0 ? [number] : []),
      ]
      const key = printable(label.join(' '))
      const values = lines.get(key) ?? new Array<number | null>(bins).fill(null)
      lines.set(key, values)
      if (row[number] !== undefined) values[Math.round((ms(row) - from) / step)] = Number(row[number])
    }
  }
  if (lines.size > maxLines) return null
  return { kind: 'lines', lines: [...lines].map(([label, values]) => ({ label, values })), from, to }
}

const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']

/** A bar for each value, the largest `width` long; none for what is not above zero. */
export function renderBars(values: readonly number[], width: number): readonly string[] {
  const most = Math.max(0, ...values)
  return values.map(value => {
    if (most === 0 || value <= 0) return ''
    const length = Math.max(1, Math.round((value / most) * width * 8))
    return '█'.repeat(Math.floor(length / 8)) + eighths[length % 8]
  })
}

const heights = '▁▂▃▄▅▆▇█'

/** Each line as one row of blocks with its least and largest value, and the times below. */
export function renderLines({ lines, from, to }: Extract<Chart, { kind: 'lines' }>, width: number): string {
  const labels = Math.min(40, Math.max(...lines.map(({ label }) => displayWidth(label))))
  const notes = lines.map(({ values }) => {
    const present = values.filter(value => value !== null)
    return { least: Math.min(...present), most: Math.max(...present) }
  })
  const ends = notes.map(({ least, most }) => `${least} to ${most}`)
  const room = Math.max(10, width - labels - 4 - Math.max(...ends.map(end => end.length)))
  const drawn = lines.map(({ label, values }, index) => {
    const { least, most } = notes[index]!
    const line = squeezed(values, room)
      .map(value => (value === null ? ' ' : block(value, Math.min(0, least), most)))
      .join('')
    return `${padTo(clip(label, labels), labels, 'left')}  ${line}  ${ends[index]}`
  })
  const time = (at: number) => new Date(at).toISOString().slice(0, 16).replace('T', ' ')
  return `${[...drawn, `${' '.repeat(labels)}  ${time(from)} to ${time(to)} UTC`].join('\n')}\n`
}

function block(value: number, least: number, most: number): string {
  const share = most === least ? 1 : (value - least) / (most - least)
  return heights[Math.min(heights.length - 1, Math.floor(share * heights.length))]!
}

/** As many values as there is room for: the largest of each run of neighbours. */
function squeezed(values: readonly (number | null)[], room: number): readonly (number | null)[] {
  if (values.length <= room) return values
  const size = Math.ceil(values.length / room)
  const runs: (number | null)[] = []
  for (let at = 0; at < values.length; at += size) {
    const present = values.slice(at, at + size).filter(value => value !== null)
    runs.push(present.length === 0 ? null : Math.max(...present))
  }
  return runs
}
