/**
 * What CloudWatch takes for keeping events. It bills the events after compression (gzip level 6, with 26 bytes for each
 * event: "Amazon CloudWatch pricing"), and does not say whether the `storedBytes` of a group are counted before or after
 * that. AWS's own pricing calculator takes 15 % for the compressed share. So a price here is a range: from what is paid
 * if the bytes are counted before compression to what is paid if they are counted after it.
 */
const dollarsPerGbMonth = 0.03
const compressedShare = 0.15

export interface PriceRange {
  /** US dollars a month, list price in us-east-1. */
  readonly least: number
  readonly most: number
}

export function storagePrice(storedBytes: number): PriceRange {
  const most = (storedBytes / 1e9) * dollarsPerGbMonth
  return { least: most * compressedShare, most }
}

const dayMs = 24 * 3_600_000

/**
 * The share of a group's events that a shorter retention lets go, if they came in evenly: an estimate, since CloudWatch
 * does not say how old they are.
 * @param keptDays how long they are kept now; null for ever
 */
export function shareOlderThan(days: number, created: number, keptDays: number | null, now: number): number {
  const ageDays = Math.max(0, (now - created) / dayMs)
  const spanDays = keptDays === null ? ageDays : Math.min(ageDays, keptDays)
  return spanDays <= days ? 0 : 1 - days / spanDays
}
