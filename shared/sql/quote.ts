/** The only place where text becomes part of SQL instead of a parameter: names of fields and groups, our own constants. */

/** A text literal. NUL cannot stand in SQL text, and no field has a name that holds it. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''").replaceAll('\0', '')}'`
}

/** A name of a column that is not ours to choose. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""').replaceAll('\0', '')}"`
}

/** A text literal that may hold NUL, as SQL:2003 and Trino write it: `U&'a\0000b'`. */
export function quoteUnicode(text: string): string {
  if (!text.includes('\0')) return quoteText(text)
  return `U&'${text.replaceAll('\\', '\\\\').replaceAll("'", "''").replaceAll('\0', '\\0000')}'`
}

/** An identifier of our own making, readable where the name is: `@timestamp` and 3 give `timestamp_3`. */
export function identifier(name: string, number: number): string {
  const readable = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .slice(0, 24)
  return `${/^[a-z]/.test(readable) ? readable : 'c'}_${number}`
}

/** A number literal of SQL; integers without exponent. */
export function quoteNumber(value: number | bigint): string {
  if (typeof value === 'bigint' || Number.isSafeInteger(value)) return String(value)
  if (!Number.isFinite(value)) return 'NULL'
  return `${value}`.includes('e') ? `${value}` : `${value}e0`
}
