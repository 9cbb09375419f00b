import * as z from 'zod'
import { globsSchema } from './globs.js'
import { reject } from './section.js'

/** The log classes of CloudWatch Logs, as its API spells them. */
const classes = ['STANDARD', 'INFREQUENT_ACCESS', 'ESSENTIALS', 'DELIVERY'] as const

const logClass = z.enum(classes, { error: issue => `unknown log class ${JSON.stringify(issue.input)}` })

const code = 'config/bad-tag'

/** The characters and lengths are those of TagResource. A value is a glob: `*` is any, so that only the key counts. */
const tags = z.record(z.string(), z.string()).superRefine((written, context) => {
  for (const [key, value] of Object.entries(written)) {
    const path = [key]
    if (key.length > 128 || !/^[\p{L}\p{Z}\p{N}_.:/=+\-@]+$/u.test(key)) {
      const hint = 'letters, digits, spaces and _ . : / = + - @, at most 128'
      reject(context, { code, path, message: `no tag has the key ${JSON.stringify(key)}`, hint })
    } else if (value.length > 256 || !/^[\p{L}\p{Z}\p{N}_.:/=+\-@*?]*$/u.test(value)) {
      const hint = 'letters, digits, spaces and _ . : / = + - @, at most 256; * and ? stand for others'
      reject(context, { code, path, message: `no tag has the value ${JSON.stringify(value)}`, hint })
    }
  }
})

/** How a rule about log groups as CloudWatch has them says which: by name, by tags, by class. */
export const selectionShape = {
  match: globsSchema.meta({ description: 'Globs over the whole name of the log group: * any characters, ? one.' }),
  exclude: globsSchema.optional().meta({ description: 'Groups of these names are left to the rules that follow.' }),
  tags: tags.optional().meta({
    description: 'Tags that the group has, all of them: key and glob over the value.',
    examples: [{ team: 'shop', stage: 'prod*' }],
  }),
  class: z
    .union([logClass.transform(name => [name]), z.array(logClass).min(1)], {
      error: 'expected a log class or a list of them',
    })
    .optional()
    .meta({ description: 'Log classes; any when left out.' }),
}

export interface WrittenSelection {
  readonly match: readonly string[]
  readonly exclude?: readonly string[] | undefined
  readonly tags?: Readonly<Record<string, string>> | undefined
  readonly class?: readonly string[] | undefined
}

export function completeSelection(written: WrittenSelection) {
  const { match, exclude = [], tags: wanted = {}, class: classNames = null } = written
  return { match, exclude, tags: wanted, classes: classNames }
}
