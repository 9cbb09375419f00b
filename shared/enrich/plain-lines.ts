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
  /**
   * Where the values are, one a key: between single blanks; or, in an access line, at
   * `0 1 2 [3] "4 5 6" 7 8 "9" "10"`, the last two not in all lines, what follows being no value, with a quote nowhere else, no
   * blank in 0, 1, 2, 4, 7 and 8, no bracket in 3, 8 characters in 6 and 3 in 7.
   */
  readonly values: 'between-blanks' | 'access-line'
  /** Values that mean that the line has no such field. */
  readonly absent: readonly string[]
  /** The keys that most lines lack together: lines of such a shape are read faster than others. */
  readonly shapes: readonly (readonly string[])[]
}

export const plainLines: readonly PlainLine[] = [
  { formats: ['vpc-flow'], keys: defaultFlowKeys, values: 'between-blanks', absent: [], shapes: [[]] },
  {
    formats: ['apache', 'nginx'],
    // Plain lines have none of the forwarded addresses that the last key is for.
    keys: accessKeys.slice(0, -1),
    values: 'access-line',
    absent: ['', '-'],
    shapes: [
      ['ident', 'remoteUser'],
      ['ident', 'remoteUser', 'referer'],
      ['ident', 'remoteUser', 'referer', 'userAgent'],
      ['ident'],
    ],
  },
]
