import * as z from 'zod'
import { reject } from './section.js'

/** A day as its midnight UTC, ms. */
export const day = z.string().transform((written, context): number => {
  const time = /^\d{4}-\d\d-\d\d$/.test(written) ? Date.parse(written) : Number.NaN
  if (!Number.isNaN(time) && new Date(time).toISOString().startsWith(written)) return time
  const message = `expected a day like 2026-01-15, found ${JSON.stringify(written)}`
  reject(context, { code: 'config/bad-day', message, hint: 'the day begins at midnight UTC' })
  return 0
})
