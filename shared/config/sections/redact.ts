import * as z from 'zod'
import { identifierNames } from '../../enrich/redact/identifiers.js'
import { findPatternProblem } from '../../enrich/redact/re2-engine.js'
import type { RedactionRule } from '../../enrich/redactor.js'
import { mapping, reject } from './section.js'

const identifier = z
  .enum(identifierNames, { error: issue => `unknown identifier ${JSON.stringify(issue.input)}` })
  .transform((written): RedactionRule => ({ identifier: written }))

const ownPattern = mapping({
  name: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,63}$/, { error: issue => `${JSON.stringify(issue.input)} cannot stand in a marker` })
    .superRefine((name, context) => {
      if (!identifierNames.includes(name)) return
      reject(context, {
        code: 'config/duplicate-name',
        message: `${name} is the name of a built-in identifier`,
        hint: 'give the pattern a name of its own',
      })
    })
    .meta({ description: 'Stands in the marker: [REDACTED:name]. Small letters, digits and dashes.' }),
  pattern: z
    .string()
    .superRefine((pattern, context) => {
      const problem = findPatternProblem(pattern)
      if (problem === undefined) return
      reject(context, { code: 'config/bad-pattern', message: `bad pattern: ${problem.reason}`, hint: problem.hint })
    })
    .meta({ description: 'A regular expression in the syntax of RE2, so that no line can make it hang.' }),
})

/** Names of identifiers and patterns of the user's own, each at most once. */
export const redactSchema = z
  .array(z.union([identifier, ownPattern], { error: 'expected the name of an identifier, or { name, pattern }' }))
  .superRefine((rules, context) => {
    const names = rules.map(rule => ('identifier' in rule ? rule.identifier : rule.name))
    for (const [at, name] of names.entries()) {
      if (names.indexOf(name) === at) continue
      reject(context, {
        code: 'config/duplicate-name',
        path: [at],
        message: `${name} is listed twice`,
        hint: 'remove one, or give the patterns names of their own',
      })
    }
  })
  .meta({ description: 'What is replaced by [REDACTED:name] before anything is written.' })
