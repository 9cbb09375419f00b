import * as z from 'zod'
import { coversGlob } from '../glob.js'
import { globsSchema } from './globs.js'
import { mapping, section, type Warning } from './section.js'
import { completeSettings, settingsShape } from './settings.js'

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
