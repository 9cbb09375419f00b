import * as z from 'zod'
import { nearest } from '../../diagnostics/nearest.js'
import { isVpcFlowColumn, vpcFlowColumns } from '../../enrich/formats/vpc-flow.js'
import { formats } from '../../enrich/formats.js'
import type { FormatSetting } from '../pipeline.js'
import { mapping, reject } from './section.js'

const names = [...formats.map(format => format.name), 'text'] as const
const unknownFormat = (issue: { readonly input?: unknown }) => `unknown format ${JSON.stringify(issue.input)}`

const name = z.enum(['auto', ...names], { error: unknownFormat })

const declared = mapping({
  name: z.enum(names, { error: unknownFormat }),
  fields: z
    .string()
    .optional()
    .meta({ description: `The layout of a VPC flow log, as AWS shows it: \${version} \${vpc-id} …` }),
}).transform((written, context): FormatSetting => {
  if (written.fields === undefined) return { name: written.name }
  if (written.name !== 'vpc-flow') {
    reject(context, {
      code: 'config/unexpected-fields',
      path: ['fields'],
      message: `format ${written.name} has no fields to declare`,
      hint: 'only vpc-flow has a layout that its owner chooses',
    })
    return { name: written.name }
  }
  return { name: 'vpc-flow', columns: readColumns(written.fields, context) }
})

/** `auto`, the name of a format, or a VPC flow log with its own columns. */
export const formatSchema = z
  .union([name.transform((written): FormatSetting => ({ name: written })), declared], {
    error: 'expected the name of a format, or { name, fields }',
  })
  .meta({ description: 'How to read the events: auto recognises each line.' })

/** Every problem of the list is reported; the syntax is that of the `LogFormat` of a flow log. */
function readColumns(fields: string, context: z.RefinementCtx): readonly string[] {
  const columns: string[] = []
  for (const word of fields.split(/\s+/).filter(word => word !== '')) {
    const column = /^\$\{([^{}$]+)\}$/.exec(word)?.[1]
    const problem = columnProblem(word, column, columns)
    if (problem !== undefined) reject(context, { path: ['fields'], ...problem })
    if (column !== undefined) columns.push(column)
  }
  if (columns.length === 0) {
    reject(context, {
      code: 'config/bad-column',
      path: ['fields'],
      message: 'no column is declared',
      hint: `copy the log format of the flow log: "\${version} \${vpc-id} \${srcaddr}"`,
    })
  }
  return columns
}

function columnProblem(word: string, column: string | undefined, before: readonly string[]) {
  const code = 'config/bad-column'
  if (column === undefined) {
    return { code, message: `expected a column like \${srcaddr}, found ${word}`, hint: 'columns are parted by spaces' }
  }
  if (before.includes(column)) {
    return { code, message: `column \${${column}} is declared twice`, hint: 'each column stands once in a flow log' }
  }
  if (isVpcFlowColumn(column)) return undefined
  const suggestion = nearest(column, vpcFlowColumns)
  return {
    code,
    message: `VPC flow logs have no column \${${column}}`,
    hint: suggestion === undefined ? 'columns are spelled as in the VPC User Guide' : `did you mean \${${suggestion}}?`,
  }
}
