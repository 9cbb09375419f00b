import { param, type Sql, sql } from '../fragment.js'
import { type FunctionTable, rule } from '../functions/function-table.js'
import { type Typed, toText } from '../typed.js'

/** White space that is trimmed by default; DuckDB's own trim knows the blank alone. */
const blanks = '\\s'

const trimmed = (side: 'ltrim' | 'rtrim' | 'trim') =>
  rule(['text'], 'text', ([text, characters]) => {
    if (characters !== undefined) return sql`${plain[side]}(${text!}, ${characters})`
    const start = sql`regexp_replace(${text!}, ${param(`^${blanks}+`)}, '')`
    if (side === 'ltrim') return start
    return sql`regexp_replace(${side === 'trim' ? start : text!}, ${param(`${blanks}+$`)}, '')`
  })

const plain = { ltrim: sql`ltrim`, rtrim: sql`rtrim`, trim: sql`trim` } as const

export const duckDbFunctions: FunctionTable = {
  ltrim: trimmed('ltrim'),
  rtrim: trimmed('rtrim'),
  trim: trimmed('trim'),
  messageSize: rule(['text'], 'number', ([text]) => sql`CAST(strlen(${text!}) AS DOUBLE)`),
  regexReplace: ([text, regex, by], dialect) => ({
    sql: sql`regexp_replace(${toText(text!, dialect)}, ${param(String(regex!.literal))}, ${toText(by!, dialect)}, 'g')`,
    type: 'text',
  }),
  urlencode: rule(['text'], 'text', ([text]) => sql`replace(url_encode(${text!}), '%20', '+')`),
  urldecode: rule(['text'], 'text', ([text]) => sql`TRY(url_decode(replace(${text!}, '+', ' ')))`),
  base64encode: rule(['text'], 'text', ([text]) => sql`base64(encode(${text!}))`),
  base64decode: rule(['text'], 'text', ([text]) => sql`TRY(decode(from_base64(${text!})))`),
  split: rule(['text'], 'json', ([text, by]) => {
    return sql`CASE WHEN ${by!} IS NOT NULL THEN to_json(str_split(${text!}, ${by!})) END`
  }),
  hexToAscii: rule(['text'], 'text', ([text]) => sql`TRY(decode(unhex(${text!})))`),
  hexToDec: rule(['text'], 'number', ([text]) => {
    const digits = sql`regexp_extract(lower(${text!}), '^(?:0x)?([0-9a-f]{1,15})$', 1)`
    const values = sql`list_transform(str_split(${digits}, ''), lambda c: CAST(strpos('0123456789abcdef', c) - 1 AS BIGINT))`
    return sql`CASE WHEN ${digits} <> '' THEN CAST(list_reduce(${values}, lambda a, b: a * 16 + b) AS DOUBLE) END`
  }),
  decToHex: rule(['number'], 'text', ([number]) => {
    const whole = sql`CAST(trunc(abs(${number!})) AS BIGINT)`
    const hex = sql`CASE WHEN trunc(${number!}) < 0 THEN '-0x' ELSE '0x' END || lower(to_hex(${whole}))`
    return sql`CASE WHEN abs(${number!}) < 9e18 THEN ${hex} END`
  }),
  md5: rule(['text'], 'text', ([text]) => sql`md5(${text!})`),
  sha256: rule(['text'], 'text', ([text]) => sql`sha256(${text!})`),

  /**
   * A field of a line of comma-separated values, from 1: quoted ones may hold commas, and "" for a quote. The line break at
   * the end is no part of the last one.
   */
  csvField: rule(['text', 'any'], 'text', ([text], { typed }) => {
    const fields = sql`regexp_extract_all(',' || rtrim(${text!}, ${param('\r\n')}), ',("(?:[^"]|"")*"|[^,]*)', 1)`
    const field = sql`${fields}[${quotedNumber(typed[1]!)}]`
    const inner = sql`replace(substr(${field}, 2, length(${field}) - 2), '""', '"')`
    return sql`CASE WHEN length(${field}) > 1 AND starts_with(${field}, '"') AND ends_with(${field}, '"') THEN ${inner} ELSE ${field} END`
  }),
  /** `key=value` pairs as a JSON object of texts, absent without any; a value may be quoted, with \" inside. */
  logfmt: rule(['text'], 'json', ([text]) => {
    const pairs = String.raw`([^\s="]+)=("(?:[^"\\]|\\.)*"|[^\s]*)`
    const part = (index: 1 | 2) => sql`regexp_extract_all(${text!}, ${param(pairs)}, ${index === 1 ? sql`1` : sql`2`})`
    const unquoted = sql`CASE WHEN length(p[2]) > 1 AND starts_with(p[2], '"') AND ends_with(p[2], '"') THEN replace(replace(substr(p[2], 2, length(p[2]) - 2), '\\"', '"'), '\\\\', '\\') ELSE p[2] END`
    const member = sql`CAST(to_json(p[1]) AS VARCHAR) || ':' || CAST(to_json(${unquoted}) AS VARCHAR)`
    const members = sql`array_to_string(list_transform(list_zip(${part(1)}, ${part(2)}), lambda p: ${member}), ',')`
    return sql`CAST('{' || nullif(${members}, '') || '}' AS JSON)`
  }),
}

function quotedNumber({ literal }: Typed): Sql {
  return literal === undefined ? sql`1` : { parts: [String(Number(literal))] }
}
