import type { Sql } from './fragment.js'

/**
 * Patterns of texts: Drain (He, Zhu, Zheng, Lyu: "Drain: An Online Log Parsing Approach with Fixed Depth Tree", ICWS 2017) over
 * masked texts, as expressions of an engine. Marks in texts: a mask is its type between two `mark`s, a position that differs
 * between the lines of one template is a type between two `gap`s. A line is a list of tokens, each with the blanks after it.
 */
export interface PatternDialect {
  /** A text with what varies masked; see `pattern-masks.ts`. */
  mask(text: Sql): Sql
  /** The line of a masked text. */
  tokens(masked: Sql): Sql
  /** How many tokens it has. */
  length(line: Sql): Sql
  /** An aggregate: the values, also null, as a list in an order. */
  gather(value: Sql, order: Sql): Sql
  /** A text whose order has nothing to do with the masked text's. */
  scatter(masked: Sql): Sql
  /** The first token that holds no mask; null where all do. */
  firstPlain(line: Sql): Sql
  /**
   * The templates of a list of lines that are equally long, each a list of tokens. Line by line, as many as `most`: the
   * template that is most alike, the first of equals, takes the line in where that is at least `similarity`; otherwise the
   * line becomes a template; those that took none in are left out. Alike is the share of equal tokens among all but the masked ones that are equal.
   */
  templates(lines: Sql, most: number): Sql
  /** For each line the text of the template that it fits, of several the one with the most tokens in common, or its own. */
  texts(lines: Sql, templates: Sql): Sql
}

export const mark = '\x01'
export const gap = '\x02'

/** What a position that differs becomes: an id where every value holds a mask, a token elsewhere. */
export const gapTypes = { masked: 'ID', plain: 'Token' } as const

/** Drain's authors use 0.5; above that, lines of two words of which one differs stay apart. */
export const similarity = 0.6

export const tokenRegex = '[^ \\t\\r\\n]+[ \\t\\r\\n]*|[ \\t\\r\\n]+'
export const blanksAtEnd = '[ \\t\\r\\n]*$'
