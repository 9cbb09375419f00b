/**
 * CloudWatch may disable a metric filter that makes 1,000 different name and value pairs of its dimensions within an
 * hour, since each is a metric to pay for (PutMetricFilter, API reference). Here what is known goes on, and pairs beyond
 * the limit are not emitted until the next hour.
 */
export interface DimensionLimit {
  /** Whether a series may be emitted. Counts what is new about it if so. */
  admits(filter: string, names: readonly string[], values: readonly string[], now: number): boolean
}

export const maxPairs = 1_000
const msPerHour = 3_600_000

/** Counts for as long as the process lives, which is what it can know of. */
export function dimensionLimit(limit = maxPairs): DimensionLimit {
  const pairs = new Map<string, Set<string>>()
  let hour = Number.NaN
  return {
    admits(filter, names, values, now) {
      const current = Math.floor(now / msPerHour)
      if (current !== hour) pairs.clear()
      hour = current
      let known = pairs.get(filter)
      if (known === undefined) {
        known = new Set()
        pairs.set(filter, known)
      }
      const wanted = names.map((name, index) => `${name}\n${values[index]}`)
      const fresh = wanted.filter(pair => !known.has(pair))
      if (known.size + fresh.length > limit) return false
      for (const pair of fresh) known.add(pair)
      return true
    },
  }
}
