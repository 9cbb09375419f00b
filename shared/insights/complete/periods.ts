import type { PeriodUnit } from '../ast.js'
import { periodUnitOf } from '../period.js'
import type { Candidate } from './candidate.js'

/** Units as they are mostly written, and the largest count of each that `bin()` takes (User Guide, bin). */
const units: readonly { readonly unit: PeriodUnit; readonly short: string; readonly cap: number | null }[] = [
  { unit: 'second', short: 's', cap: 60 },
  { unit: 'minute', short: 'm', cap: 60 },
  { unit: 'hour', short: 'h', cap: 24 },
  { unit: 'day', short: 'd', cap: null },
  { unit: 'week', short: 'w', cap: null },
  { unit: 'month', short: 'mo', cap: null },
  { unit: 'quarter', short: 'q', cap: null },
  { unit: 'year', short: 'y', cap: null },
  { unit: 'millisecond', short: 'ms', cap: 1000 },
]

const usual = ['5m', '1m', '15m', '30m', '1h', '6h', '1d', '1w', '1mo', '30s', '1s']

/**
 * Periods to offer: the usual ones, or every unit for a number that is written already. Beyond the cap of a unit `bin()`
 * would silently take the cap, so those are not offered there.
 */
export function periodCandidates(number: string | null, isCapped: boolean): readonly Candidate[] {
  if (number === null) return usual.map(period => candidate(period, describe(period)))
  const isFit = (cap: number | null) => !isCapped || cap === null || Number(number) <= cap
  return units
    .filter(({ cap }) => isFit(cap))
    .map(({ unit, short }) => candidate(`${number}${short}`, counted(number, unit), [`${number}${unit}`]))
}

/** What a period is, such as `5 minutes`, and where `bin()` takes less; null where the word is no unit. */
export function describePeriod(number: string, word: string): string | null {
  const entry = units.find(one => one.unit === periodUnitOf(word))
  if (entry === undefined) return null
  const { unit, cap } = entry
  const named = `A period of ${counted(number, unit)}.`
  return cap === null || Number(number) <= cap
    ? named
    : `${named} bin() takes at most ${cap}, and reads this as ${cap}.`
}

function describe(period: string): string {
  const [, number = '', short = ''] = /^(\d+)(\w+)$/.exec(period) ?? []
  return counted(number, units.find(one => one.short === short)!.unit)
}

function counted(number: string, unit: PeriodUnit): string {
  return `${number} ${unit}${Number(number) === 1 ? '' : 's'}`
}

function candidate(label: string, detail: string, aliases: readonly string[] = []): Candidate {
  return { kind: 'period', label, insert: label, detail, aliases, weight: 0 }
}
