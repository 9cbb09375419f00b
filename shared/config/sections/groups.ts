import * as z from 'zod'
import { coversGlob } from '../glob.js'
import { mapping, reject, section, type Warning } from './section.js'
import { completeSettings, settingsShape } from './settings.js'

/** A glob that some log group can match. The characters are those CreateLogGroup takes, and at most 512 of them. */
const globSchema = z.string().superRefine((glob, context) => {
  const stranger = /[^-._/#A-Za-z0-9*?]/u.exec(glob)?.[0]
  const code = 'config/bad-glob'
  if (glob === '') reject(context, { code, message: 'the glob is empty', hint: 'all log groups are "*"' })
  else if (glob.startsWith('arn:')) {
    const hint = 'the name follows log-group: in an ARN, and :* at its end is not part of it'
    reject(context, { code, message: 'expected the name of a log group, found an ARN', hint })
  } else if (stranger !== undefined) {
    const message = `no log group's name holds ${JSON.stringify(stranger)}`
    reject(context, { code, message, hint: 'only * and ? are special; several globs are a list' })
  } else if (glob.replaceAll('*', '').length > 512) {
    reject(context, { code, message: "no log group's name is that long", hint: 'names have at most 512 characters' })
  }
})

const globsSchema = z
  .union([globSchema.transform(glob => [glob]), z.array(globSchema).min(1)], {
    error: 'expected a glob or a list of globs',
  })
  .meta({ examples: ['/aws/lambda/*', ['/aws/ecs/*', '/ecs/*']] })

const ruleSchema = mapping({
  match: globsSchema.meta({ description: 'Globs over the whole name of the log group: * any characters, ? one.' }),
  exclude: globsSchema.optional().meta({ description: 'Groups of these names are left to the rules that follow.' }),
  ...settingsShape,
})

type WrittenRule = z.output<typeof ruleSchema>

/** Rules by name of the log group, in order: the first that matches decides. */
export const groupsSection = section({
  key: 'groups',
  schema: z
    .array(ruleSchema)
    .prefault([])
    .meta({ description: 'Rules by name of the log group; the first that matches decides.' }),
  lower: (written, defaults) =>
    written.map(rule => ({
      match: rule.match,
      exclude: rule.exclude ?? [],
      ...completeSettings(rule, defaults),
    })),
  review: written => written.flatMap((_, at) => reviewRule(written, at)),
})

function reviewRule(rules: readonly WrittenRule[], at: number): readonly Warning[] {
  const { match, exclude = [] } = rules[at]!
  const code = 'config/rule-never-matches'
  if (match.every(glob => exclude.some(excluded => coversGlob(excluded, glob)))) {
    const message = 'this rule excludes all it matches'
    return [{ code, path: [at, 'exclude'], message, hint: 'narrow exclude, or remove the rule' }]
  }
  const shadowing = rules.slice(0, at).findIndex(earlier => isShadowedBy(rules[at]!, earlier))
  if (shadowing === -1) return []
  const message = `this rule never applies: rule ${shadowing + 1} matches all of its groups first`
  return [
    { code, path: [at, 'match'], message, hint: 'the first rule that matches decides: put the narrower one first' },
  ]
}

/** Every group of the rule is one of the earlier rule's, as far as the globs side by side tell. */
function isShadowedBy(rule: WrittenRule, earlier: WrittenRule): boolean {
  return (
    rule.match.every(glob => earlier.match.some(wide => coversGlob(wide, glob))) &&
    (earlier.exclude ?? []).every(left => rule.exclude?.some(wide => coversGlob(wide, left)) ?? false)
  )
}
