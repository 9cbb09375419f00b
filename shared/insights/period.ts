import type { PeriodUnit } from './ast.js'

const spellings: Readonly<Record<PeriodUnit, readonly string[]>> = {
  millisecond: ['ms', 'msec'],
  second: ['s', 'sec'],
  minute: ['m', 'min'],
  hour: ['h', 'hr'],
  day: ['d'],
  week: ['w'],
  month: ['mo', 'mon'],
  quarter: ['q', 'qtr'],
  year: ['y', 'yr'],
}

const units: ReadonlyMap<string, PeriodUnit> = new Map(
  Object.entries(spellings).flatMap(([unit, short]) =>
    [unit, ...short].flatMap(name =>
      (name.length > 1 ? [name, `${name}s`] : [name]).map(spelling => [spelling, unit as PeriodUnit] as const),
    ),
  ),
)

/** The unit that a word spells; names of more than one letter take a plural s. */
export function periodUnitOf(word: string): PeriodUnit | undefined {
  return units.get(word.toLowerCase())
}

export const periodUnitHint = 'units are ms, s, m, h, d, w, mo, q and y, or their names'

const day = 86_400_000

/** Lengths in milliseconds; a month is 30 days, as nothing is said about months of other lengths. */
export const unitMs: Readonly<Record<PeriodUnit, number>> = {
  millisecond: 1,
  second: 1000,
  minute: 60_000,
  hour: 3_600_000,
  day,
  week: 7 * day,
  month: 30 * day,
  quarter: 91 * day,
  year: 365 * day,
}

/** The longest period that means anything: no event is 10,000 years away from another. */
const maxMs = 3_660_000 * day

/** Whether so many units are longer than what times can be apart. */
export function isBeyondTime(count: number, unit: PeriodUnit): boolean {
  return count * unitMs[unit] > maxMs
}
