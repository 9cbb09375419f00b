const msOf: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }

/** From here on a number of digits is milliseconds since the epoch; before, seconds: the bound is 1973 and 5138. */
const firstMs = 100_000_000_000

/**
 * A time in ms: ISO 8601, UTC unless it names an offset; so long before `now` (`90m`, `6h`, `2d`); `now`; or the seconds
 * or milliseconds since the epoch. Throws what was expected.
 */
export function readTime(text: string, now: number): number {
  if (text === 'now') return now
  const [, count, unit] = /^(\d{1,9})([smhdw])$/.exec(text) ?? []
  if (count !== undefined) return now - Number(count) * msOf[unit!]!
  if (/^\d{9,14}$/.test(text)) return Number(text) * (Number(text) < firstMs ? 1000 : 1)
  const [, day, clock = '00:00', offset = 'Z'] =
    /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)(Z|[+-]\d\d:\d\d)?)?$/.exec(text) ?? []
  const time = day === undefined || !isDay(day) ? Number.NaN : Date.parse(`${day}T${clock}${offset}`)
  if (Number.isNaN(time)) {
    const found = JSON.stringify(text)
    throw new Error(`expected a time like 2026-01-15T10:30Z or 6h, found ${found}; units are s, m, h, d and w`)
  }
  return time
}

/** `Date` takes a 30th of February for a day of March. */
function isDay(day: string): boolean {
  const time = Date.parse(day)
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(day)
}
