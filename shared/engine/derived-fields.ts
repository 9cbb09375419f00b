import { type PlainLine, plainLines } from '../enrich/plain-lines.js'

/**
 * The SQL of a landing object's `fields`: as stored, and for plain lines, whose fields landing leaves out, read out of the
 * message by the rules of `plain-lines.ts`. A differential test holds it to the parsers.
 */
export const derivedFields: string = `CASE WHEN fields IS NOT NULL THEN fields ${plainLines.map(whenPlain).join(' ')} END`

function whenPlain({ formats, keys, values, absent }: PlainLine): string {
  const isFormat = `format IN (${listed(formats)})`
  if (values === 'between-blanks') return `WHEN ${isFormat} THEN MAP([${listed(keys)}], string_split(message, ' '))`
  // A struct of the groups, wrapped in a list so that the expression is worked out once.
  const groups = keys.map((_, index) => `g${index}`)
  const found = `regexp_extract(message, ${quoted(values.regex)}, [${listed(groups)}])`
  const entries = keys.map((key, index) => `{k: ${quoted(key)}, v: line.g${index}}`).join(', ')
  const present = `list_filter([${entries}], lambda entry: entry.v NOT IN (${listed(absent)}))`
  return `WHEN ${isFormat} THEN list_transform([${found}], lambda line: map_from_entries(${present}))[1]`
}

function listed(texts: readonly string[]): string {
  return texts.map(quoted).join(', ')
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
