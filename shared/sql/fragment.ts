import { quoteNumber, quoteText, quoteUnicode } from './quote.js'

/** A piece of SQL with its parameters where they stand, so that pieces can be put together in any order. */
export interface Sql {
  readonly parts: readonly (string | Parameter)[]
}

interface Parameter {
  readonly value: string
}

/** SQL with SQL inside. What is interpolated is SQL already; text from outside comes in by `param` and `quoted` only. */
export function sql(strings: TemplateStringsArray, ...inner: readonly Sql[]): Sql {
  const parts: (string | Parameter)[] = []
  strings.forEach((text, index) => {
    if (text !== '') parts.push(text)
    const piece = inner[index]
    if (piece !== undefined) for (const part of piece.parts) parts.push(part)
  })
  return { parts }
}

/** SQL of our own: identifiers, keywords, constants of the compiler. */
export function raw(text: string): Sql {
  return { parts: [text] }
}

/** A text value. */
export function param(value: string): Sql {
  return { parts: [{ value }] }
}

/** A text that must be literal, such as a path or the name of a group. */
export function quoted(text: string): Sql {
  return raw(quoteText(text))
}

export function numeral(value: number | bigint): Sql {
  return raw(quoteNumber(value))
}

export function joinSql(pieces: readonly Sql[], separator: string): Sql {
  const parts: (string | Parameter)[] = []
  pieces.forEach((piece, index) => {
    if (index > 0) parts.push(separator)
    for (const part of piece.parts) parts.push(part)
  })
  return { parts }
}

/** Characters, without those of parameters. */
export function lengthOf({ parts }: Sql): number {
  return parts.reduce((sum, part) => sum + (typeof part === 'string' ? part.length : 0), 0)
}

/** The text of a statement and the values of its parameters, in the order of their numbers from 1. */
export interface Statement {
  readonly sql: string
  readonly params: readonly string[]
}

/**
 * Equal values share one parameter.
 * @param placeholder how the dialect writes a parameter; null to write the values themselves as literals
 */
export function render({ parts }: Sql, placeholder: ((number: number) => string) | null): Statement {
  const numbers = new Map<string, number>()
  const texts = parts.map(part => {
    if (typeof part === 'string') return part
    if (placeholder === null) return quoteUnicode(part.value)
    const number = numbers.get(part.value) ?? numbers.size + 1
    numbers.set(part.value, number)
    return placeholder(number)
  })
  return { sql: texts.join(''), params: [...numbers.keys()] }
}
