import * as z from 'zod'
import { mapping, reject, section } from './section.js'

const code = 'config/bad-lake-setting'

const unitBytes: Readonly<Record<string, number>> = { KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3 }

/** `64MB` → bytes, within the limits, both inclusive. */
function sizeSchema(least: string, most: string) {
  return z.string().transform((written, context): number => {
    const bytes = bytesOf(written)
    if (bytes >= bytesOf(least) && bytes <= bytesOf(most)) return bytes
    const message = `expected a size like 64MB, found ${JSON.stringify(written)}`
    reject(context, { code, message, hint: `a whole number and KB, MB or GB, from ${least} to ${most}` })
    return 0
  })
}

function bytesOf(written: string): number {
  const [, count = '', unit = ''] = /^([1-9][0-9]{0,5})(KB|MB|GB)$/.exec(written) ?? []
  return Number(count) * (unitBytes[unit] ?? Number.NaN)
}

const unitMs: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000 }
const maxAgeMs = 24 * 3_600_000

const ageSchema = z.string().transform((written, context): number => {
  const [, count = '', unit = ''] = /^([1-9][0-9]{0,3})([mh])$/.exec(written) ?? []
  const ms = Number(count) * (unitMs[unit] ?? Number.NaN)
  if (ms <= maxAgeMs) return ms
  const message = `expected a time like 5m or 1h, found ${JSON.stringify(written)}`
  reject(context, { code, message, hint: 'a whole number and m or h, from 1m to 24h' })
  return 0
})

/** How landing objects become files of the table. */
export const lakeSection = section({
  key: 'lake',
  schema: mapping({
    commitSize: sizeSchema('1KB', '1GB')
      .optional()
      .meta({
        description: 'Landing objects of so much in all are committed; 64MB when left out.',
        examples: ['64MB'],
      }),
    commitAge: ageSchema
      .optional()
      .meta({ description: 'So is one that has waited for so long; 5m when left out.', examples: ['5m', '1h'] }),
    fileSize: sizeSchema('1MB', '1GB')
      .optional()
      .meta({
        description: 'About so large are data files after compaction; 192MB when left out.',
        examples: ['192MB'],
      }),
  })
    .prefault({})
    .meta({ description: 'How landing objects become files of the table.' }),
  lower: ({ commitSize, commitAge, fileSize }) => ({
    commitBytes: commitSize ?? bytesOf('64MB'),
    commitAfterMs: commitAge ?? 5 * 60_000,
    fileBytes: fileSize ?? bytesOf('192MB'),
  }),
})
