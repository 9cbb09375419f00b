import * as z from 'zod'
import { reject } from './section.js'

/** How long the lake keeps events, read into days; 0 for ever. Months have no fixed length and are not taken. */
export const retentionSchema = z
  .string()
  .transform((written, context): number => {
    if (written === 'forever') return 0
    const [, count = '', unit = ''] = /^([0-9]{1,5})([dwy])$/.exec(written) ?? []
    const days = Number(count) * (daysOf[unit] ?? 0)
    if (days >= 1 && days <= maxDays) return days
    reject(context, {
      code: 'config/bad-duration',
      message: `expected a time like 30d, 12w, 7y or forever, found ${JSON.stringify(written)}`,
      hint: hintFor(written, days),
    })
    return 0
  })
  .meta({ description: 'How long the lake keeps the events: 30d, 12w, 7y or forever.', examples: ['30d', 'forever'] })

const daysOf: Readonly<Record<string, number>> = { d: 1, w: 7, y: 365 }
const maxDays = 36_500

function hintFor(written: string, days: number): string {
  if (days > maxDays) return 'the longest is 100y; forever keeps everything'
  if (/^[0-9]+ ?m/i.test(written)) return 'months differ in length: write days, 30d'
  if (/^0+[dwy]?$/.test(written)) return 'at least a day: 1d; forever keeps everything'
  return 'a whole number and a unit, d, w or y, without a space'
}
