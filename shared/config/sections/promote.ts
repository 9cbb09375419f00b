import * as z from 'zod'
import { mapping, reject, section, type Warning } from './section.js'

const code = 'config/bad-promotion'

/** Columns that every table has. */
const taken = [
  ...['timestamp', 'log_group', 'log_stream', 'message', 'arrival', 'id_random', 'id_index', 'id_raw', 'account_id'],
  ...['region', 'format', 'level', 'request_id', 'trace_id', 'fields', 'extra', 'retention'],
]

const column = z.string().superRefine((name, context) => {
  if (!/^[a-z][a-z0-9_]{0,62}$/.test(name)) {
    const hint = 'small letters, digits and _, a letter first, at most 63: engines disagree about anything else'
    reject(context, { code, message: `no column can have the name ${JSON.stringify(name)}`, hint })
  } else if (taken.includes(name)) {
    reject(context, { code, message: `every table has a column ${name}`, hint: 'choose another name' })
  }
})

const promotionSchema = mapping({
  field: z
    .string()
    .min(1)
    .max(256)
    .meta({ description: 'The field, as queries name it.', examples: ['user.id'] }),
  column: column.optional().meta({ description: "Name of the column; made of the field's when left out." }),
  type: z
    .enum(['string', 'long', 'double', 'boolean'], {
      error: issue => `expected string, long, double or boolean, found ${JSON.stringify(issue.input)}`,
    })
    .meta({ description: 'Values that the type cannot hold as they are written stay in the event only.' }),
})

type Written = z.output<typeof promotionSchema>

/** Fields that have a typed column of their own in the table: queries on them read that and no message. */
export const promoteSection = section({
  key: 'promote',
  schema: z
    .array(promotionSchema)
    .superRefine((promotions, context) => {
      const columns = promotions.map(columnOf)
      columns.forEach((name, at) => {
        if (columns.indexOf(name) === at) return
        const message = `the column ${name} is there twice`
        reject(context, { code, message, hint: 'give one of them another name', path: [at, 'field'] })
      })
    })
    .prefault([])
    .meta({ description: 'Fields that get a typed column of their own in the table.' }),
  lower: written => written.map(each => ({ field: each.field, column: columnOf(each), type: each.type })),
  review: written => (written.length > manyColumns ? [tooMany] : []),
})

const manyColumns = 50
const tooMany: Warning = {
  code: 'config/many-promotions',
  path: [],
  message: `more than ${manyColumns} fields are promoted`,
  hint: 'each costs time with every commit and a few per cent of storage: promote what queries ask for',
}

/** `user.id` → `user_id`, `@type` → `type`; a name that another column has gets `field_` before it. */
function columnOf({ field, column: name }: Pick<Written, 'field' | 'column'>): string {
  if (name !== undefined) return name
  const plain = field
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .slice(0, 56)
  return /^[a-z]/.test(plain) && !taken.includes(plain) ? plain : `field_${plain}`
}
