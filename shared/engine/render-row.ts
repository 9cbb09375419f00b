import type { CompiledQuery } from '../sql/compile.js'
import type { JsonValue } from './duckdb.js'

/** A row as GetQueryResults has it: all values text, absent ones left out. */
export type ResultRow = Readonly<Record<string, string>>

export function renderRow(columns: CompiledQuery['columns'], values: readonly JsonValue[]): ResultRow {
  const row: Record<string, string> = {}
  columns.forEach(({ name, type }, index) => {
    const value = values[index]
    if (value === null || value === undefined) return
    const text =
      type === 'time'
        ? renderTime(Number(value))
        : type === 'number'
          ? renderNumber(Number(value))
          : type === 'boolean'
            ? String(Number(value === true))
            : String(value)
    if (text !== null) row[name] = text
  })
  return row
}

/** At most four decimals, no exponent; null for what is no number. */
function renderNumber(value: number): string | null {
  if (!Number.isFinite(value)) return null
  if (Math.abs(value) >= 1e15) return String(BigInt(Math.trunc(value)))
  const text = value.toFixed(4).replace(/\.?0+$/, '')
  return text === '-0' ? '0' : text
}

/** `2026-01-15 12:00:00.000` in UTC; null beyond the years that a date can have. */
function renderTime(ms: number): string | null {
  const date = new Date(ms)
  return Number.isNaN(date.getTime()) ? null : date.toISOString().replace('T', ' ').replace('Z', '')
}
