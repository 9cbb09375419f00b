import * as z from 'zod'
import { reject } from './section.js'

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

/** One glob or a list of them, read into a list. */
export const globsSchema = z
  .union([globSchema.transform(glob => [glob]), z.array(globSchema).min(1)], {
    error: 'expected a glob or a list of globs',
  })
  .meta({ examples: ['/aws/lambda/*', ['/aws/ecs/*', '/ecs/*']] })
