/**
 * Lines whose fields are pieces of the message that one plain rule finds again. Landing objects do not store those a
 * second time, which would cost more than the line itself: `fields` is null there, the rows that readers and the table
 * get have them (`shared/engine/derived-fields.ts`). Formats mark such lines with `isPlain`; in their other lines, and in
 * all other formats, `fields` is stored.
 */
import { accessKeys } from './formats/combined-spans.js'
import { defaultFlowKeys } from './formats/vpc-flow.js'

export interface PlainLine {
  /** Values of the column `format`: a row with one of them and without `fields` is such a line. */
  readonly formats: readonly string[]
  readonly keys: readonly string[]
  /** The values, one a key: between single blanks, or the groups of a regular expression (RE2) over the whole message. */
  readonly values: 'between-blanks' | { readonly regex: string }
  /** Values that mean that the line has no such field. */
  readonly absent: readonly string[]
}

const head = '([^ ]*) ([^ ]*) ([^ ]*) \\[([^\\]]*)\\] '
const request = '"([^ ]*) ([^"]*) (HTTP/[^"]{3})" ([0-9]{3}) ([^ ]*)'

export const plainLines: readonly PlainLine[] = [
  { formats: ['vpc-flow'], keys: defaultFlowKeys, values: 'between-blanks', absent: [] },
  {
    formats: ['apache', 'nginx'],
    // Plain lines have none of the forwarded addresses that the last key is for.
    keys: accessKeys.slice(0, -1),
    values: { regex: `^${head}${request}(?: "([^"]*)" "([^"]*)"(?: "-")?)?$` },
    absent: ['', '-'],
  },
]
