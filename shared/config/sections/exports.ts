import * as z from 'zod'
import type { ExportSetting } from '../pipeline.js'
import { day } from './day.js'
import { globsSchema } from './globs.js'
import { mapping, reject, section } from './section.js'

const msPerHour = 3_600_000
const msPerDay = 24 * msPerHour

const nameSchema = z.string().superRefine((name, context) => {
  if (/^[a-z][a-z0-9-]{0,39}$/.test(name)) return
  const message = `${JSON.stringify(name)} cannot name an export`
  reject(context, { code: 'config/bad-name', message, hint: 'small letters, digits and dashes, at most 40: history' })
})

/** Hours or days, read into ms. */
function duration(most: number) {
  return z.string().transform((written, context): number => {
    const [, count = '', unit = ''] = /^([0-9]{1,4})([hd])$/.exec(written) ?? []
    const ms = Number(count) * (unit === 'h' ? msPerHour : msPerDay)
    if (count !== '' && ms >= msPerHour && ms <= most) return ms
    reject(context, {
      code: 'config/bad-duration',
      message: `expected a time like 12h or 1d, found ${JSON.stringify(written)}`,
      hint: `a whole number of hours or days, at most ${most / msPerDay}d`,
    })
    return msPerDay
  })
}

const shape = {
  name: nameSchema.meta({ description: 'Stands in keys and in what is reported.' }),
  source: z
    .enum(['cloudwatch', 'lake'], { error: issue => `unknown source ${JSON.stringify(issue.input)}` })
    .optional()
    .meta({
      description: 'cloudwatch (when left out): export tasks of log groups. lake: files of what the lake holds.',
    }),
  groups: globsSchema.meta({ description: 'Globs over the whole name of the log group.' }),
  exclude: globsSchema.optional().meta({ description: 'Groups that are left out.' }),
  from: day
    .optional()
    .meta({ description: 'First day; what there is when left out, for the lake the day of the first run.' }),
  until: day.optional().meta({ description: 'The day before which it ends; never when left out.' }),
  every: duration(366 * msPerDay)
    .optional()
    .meta({ description: 'What one task, or one file, covers: 1d when left out.', examples: ['1d', '6h'] }),
  delay: duration(30 * msPerDay)
    .optional()
    .meta({ description: 'How old events are before they are exported: 12h for log groups, 1h for the lake.' }),
  import: z.boolean().optional().meta({ description: 'Of log groups: finished files are landed in the lake.' }),
  format: z
    .enum(['ndjson', 'csv', 'parquet'], { error: issue => `unknown format ${JSON.stringify(issue.input)}` })
    .optional()
    .meta({ description: 'Of the lake: ndjson, csv or parquet (when left out).' }),
}

const exportSchema = mapping(shape).superRefine((written, context) => {
  const code = 'config/bad-export'
  const isLake = written.source === 'lake'
  if (isLake && written.import !== undefined) {
    const message = 'what comes from the lake is in it'
    reject(context, { code, path: ['import'], message, hint: 'remove import' })
  }
  if (!isLake && written.format !== undefined) {
    const message = 'CloudWatch Logs exports text only'
    reject(context, { code, path: ['format'], message, hint: 'remove format, or set source: lake' })
  }
  if (written.from !== undefined && written.until !== undefined && written.until <= written.from) {
    reject(context, {
      code,
      path: ['until'],
      message: 'it ends before it begins',
      hint: 'until is a later day than from',
    })
  }
})

const list = z.array(exportSchema).superRefine((exports, context) => {
  const names = exports.map(({ name }) => name)
  for (const [at, name] of names.entries()) {
    if (names.indexOf(name) === at) continue
    const message = `there is another export ${name}`
    reject(context, { code: 'config/duplicate-name', path: [at, 'name'], message, hint: 'give it a name of its own' })
  }
})

/** Scheduled exports: of log groups through CreateExportTask, and of the lake. */
export const exportsSection = section({
  key: 'exports',
  schema: list.prefault([]).meta({ description: 'Scheduled exports, of log groups and of the lake.' }),
  lower: written =>
    written.map((one): ExportSetting => {
      const common = {
        name: one.name,
        groups: one.groups,
        exclude: one.exclude ?? [],
        from: one.from ?? null,
        until: one.until ?? null,
        everyMs: one.every ?? msPerDay,
      }
      if (one.source === 'lake') {
        return { ...common, source: 'lake', delayMs: one.delay ?? msPerHour, format: one.format ?? 'parquet' }
      }
      return { ...common, source: 'cloudwatch', delayMs: one.delay ?? 12 * msPerHour, import: one.import ?? false }
    }),
})
