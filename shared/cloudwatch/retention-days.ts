/** What PutRetentionPolicy takes (Amazon CloudWatch Logs API reference); keeping for ever is no policy at all. */
export const retentionDays: readonly number[] = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
]

export function isRetentionDays(days: number): boolean {
  return retentionDays.includes(days)
}

/** The value nearest to a number of days that CloudWatch does not take; of two as near, the longer. */
export function nearestRetentionDays(days: number): number {
  return retentionDays.reduce((best, value) => (Math.abs(value - days) <= Math.abs(best - days) ? value : best))
}
