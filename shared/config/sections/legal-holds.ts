import * as z from 'zod'
import { day } from './day.js'
import { globsSchema } from './globs.js'
import { mapping, reject, section } from './section.js'

const holdSchema = mapping({
  groups: globsSchema.meta({ description: 'Globs over the whole name of the log group.' }),
  from: day.optional().meta({ description: 'First day; the earliest event when left out.' }),
  until: day.optional().meta({ description: 'The day before which it ends; never when left out.' }),
  reason: z.string().min(1).max(500).meta({ description: 'Why; shown to whoever wants the events gone.' }),
}).superRefine(({ from, until }, context) => {
  if (from === undefined || until === undefined || until > from) return
  const hint = 'until is a later day than from'
  reject(context, { code: 'config/bad-hold', path: ['until'], message: 'it ends before it begins', hint })
})

/** What neither `tailrace erase` nor the end of its lake retention takes away. */
export const legalHoldsSection = section({
  key: 'legalHolds',
  schema: z
    .array(holdSchema)
    .prefault([])
    .meta({ description: 'Events that are neither erased nor dropped when their lake retention is over.' }),
  lower: written =>
    written.map(({ groups, from, until, reason }) => ({
      groups,
      from: from ?? null,
      to: until === undefined ? null : until - 1,
      reason,
    })),
})
