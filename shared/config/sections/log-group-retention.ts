import * as z from 'zod'
import { isRetentionDays, nearestRetentionDays } from '../../cloudwatch/retention-days.js'
import { completeSelection, selectionShape } from './group-selection.js'
import { mapping, reject, section } from './section.js'

const code = 'config/bad-retention'

/** `forever`, or one of the numbers of days that CloudWatch takes. */
const days = z
  .union([z.number(), z.literal('forever')], { error: 'expected a number of days, or forever' })
  .superRefine((written, context) => {
    if (written === 'forever' || isRetentionDays(written)) return
    const message = `CloudWatch does not keep log groups for ${written} days`
    reject(context, { code, message, hint: `the nearest that it takes is ${nearestRetentionDays(written)}` })
  })
  .meta({ examples: [30, 'forever'] })

const tagKey = z.string().superRefine((key, context) => {
  if (/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u.test(key)) return
  const hint = 'letters, digits, spaces and _ . : / = + - @, at most 128'
  reject(context, { code, message: `no tag has the key ${JSON.stringify(key)}`, hint })
})

const ruleSchema = mapping({
  ...selectionShape,
  days: days.meta({ description: 'How long CloudWatch keeps the events: one of its numbers of days, or forever.' }),
  enforce: z
    .boolean()
    .optional()
    .meta({ description: 'Also where a group has another setting; otherwise only where it has none.' }),
  shorten: z
    .boolean()
    .optional()
    .meta({ description: 'With enforce: also where the present setting keeps the events for longer.' }),
  discard: z
    .boolean()
    .optional()
    .meta({ description: 'Also where events would be deleted that the lake is not known to hold.' }),
})

/** How long CloudWatch keeps log groups. What the lake keeps is `retention` of `groups` and `defaults`. */
export const logGroupRetentionSection = section({
  key: 'logGroupRetention',
  schema: mapping({
    optOutTag: tagKey
      .optional()
      .meta({ description: 'Groups with a tag of this key are left alone; tailrace:keep-retention when left out.' }),
    rules: z.array(ruleSchema).meta({ description: 'The first rule that matches decides.' }),
  })
    .optional()
    .meta({ description: 'How long CloudWatch Logs keeps log groups. Without it, no setting is touched.' }),
  lower: written =>
    written === undefined
      ? null
      : {
          optOutTag: written.optOutTag ?? 'tailrace:keep-retention',
          rules: written.rules.map(rule => ({
            ...completeSelection(rule),
            days: rule.days === 'forever' ? null : rule.days,
            enforce: rule.enforce ?? false,
            shorten: rule.shorten ?? false,
            discard: rule.discard ?? false,
          })),
        },
})
