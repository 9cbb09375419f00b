import * as z from 'zod'
import { maxPatternLength, parsePattern } from '../../filter-pattern/index.js'
import { globsSchema } from './globs.js'
import { completeSelection, selectionShape } from './group-selection.js'
import { mapping, reject, section, type Warning } from './section.js'

const code = 'config/bad-subscription'

const pattern = z.string().superRefine((text, context) => {
  const parsed = parsePattern(text)
  if (!('diagnostics' in parsed)) return
  for (const { code, message, hint, span } of parsed.diagnostics) {
    reject(context, { code, message, hint: hint ?? 'docs/filter-patterns.md describes the language', span })
  }
})

/** A logical destination, which another account gives: CloudWatch Logs delivers to no other ARN across accounts. */
const destination = z.string().superRefine((written, context) => {
  if (written === 'stack' || /^arn:[a-z0-9-]+:logs:[a-z0-9-]+:\d{12}:destination:[^:*]{1,512}$/.test(written)) return
  const message = `expected stack or the ARN of a destination, found ${JSON.stringify(written)}`
  const hint = 'for example arn:aws:logs:us-east-1:123456789012:destination:logs'
  reject(context, { code, message, hint })
})

const stackName = z.string().superRefine((name, context) => {
  if (/^[A-Za-z][-A-Za-z0-9]{0,127}$/.test(name)) return
  const message = `no stack has the name ${JSON.stringify(name)}`
  reject(context, { code, message, hint: 'service and stage, as in tailrace-dev' })
})

const ruleSchema = mapping({
  ...selectionShape,
  pattern: pattern.optional().meta({
    description: 'Only events that match this filter pattern are delivered; all when left out.',
    maxLength: maxPatternLength,
  }),
})

const subscriptionsSchema = mapping({
  by: z
    .enum(['filter', 'account-policy'], {
      error: issue => `expected filter or account-policy, found ${JSON.stringify(issue.input)}`,
    })
    .optional()
    .meta({ description: 'A filter on each group, or one policy for the account; filter when left out.' }),
  destination: destination
    .optional()
    .meta({ description: "stack, or the ARN of another account's logical destination; stack when left out." }),
  formerly: z
    .array(stackName)
    .optional()
    .meta({ description: 'Earlier names of this stack, whose filters are replaced by its own.' }),
  dataPath: globsSchema
    .optional()
    .meta({ description: 'Groups that get events whenever events are stored: never subscribed.' }),
  groups: z
    .array(ruleSchema)
    .meta({ description: 'Which groups are subscribed; the first rule that matches decides.' }),
})

type Written = z.output<typeof subscriptionsSchema>

/** Which log groups are subscribed, how, and to what. Without the section nothing is. */
export const subscriptionsSection = section({
  key: 'subscriptions',
  schema: subscriptionsSchema
    .optional()
    .superRefine(checkPolicy)
    .meta({ description: 'Which log groups Tailrace subscribes. Without it, none.' }),
  lower: written =>
    written === undefined
      ? null
      : {
          by: written.by ?? 'filter',
          destination: written.destination ?? 'stack',
          formerly: written.formerly ?? [],
          dataPath: written.dataPath ?? [],
          groups: written.groups.map(rule => ({ ...completeSelection(rule), pattern: rule.pattern ?? '' })),
        },
  review: written => (written === undefined ? [] : reviewDataPath(written)),
})

/** An account has one policy, which has one pattern. */
function checkPolicy(written: Written | undefined, context: z.RefinementCtx): void {
  if (written?.by !== 'account-policy') return
  const [first, ...others] = written.groups
  const at = others.findIndex(rule => (rule.pattern ?? '') !== (first?.pattern ?? '')) + 1
  if (at === 0) return
  const message = 'an account policy has one pattern, and this rule has another than the first'
  reject(context, { code, path: ['groups', at], message, hint: 'by: filter gives each group a pattern of its own' })
}

function reviewDataPath(written: Written): readonly Warning[] {
  if (written.groups.length > 0) return []
  const message = 'no rule, so no group is subscribed, and filters of this stack are taken away'
  return [{ code: 'config/nothing-subscribed', path: ['groups'], message, hint: 'for example - match: "/ecs/*"' }]
}
