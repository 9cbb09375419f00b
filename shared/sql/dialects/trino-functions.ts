import { joinSql, param, quoted, raw, type Sql, sql } from '../fragment.js'
import { type FunctionTable, rule } from '../functions/function-table.js'
import { integers } from '../functions/numbers.js'
import { toText } from '../typed.js'
import { objectOf, textAsJson } from './trino-json.js'
import { trinoRegex } from './trino-regex.js'

const trimmed = (before: boolean, after: boolean) =>
  rule(['text'], 'text', ([text, characters]) => {
    const side = before && after ? sql`BOTH` : before ? sql`LEADING` : sql`TRAILING`
    if (characters !== undefined) return sql`trim(${side} ${characters} FROM ${text!})`
    const start = before ? sql`regexp_replace(${text!}, '^\\s+')` : text!
    return after ? sql`regexp_replace(${start}, '\\s+$')` : start
  })

const present = (args: readonly Sql[]) => sql`filter(ARRAY[${joinSql(args, ', ')}], x -> x IS NOT NULL)`

export const trinoFunctions: FunctionTable = {
  greatest: rule(['number'], 'number', args => sql`array_max(${present(args)})`),
  least: rule(['number'], 'number', args => sql`array_min(${present(args)})`),
  ...integers(number => sql`truncate(${number})`),
  ltrim: trimmed(true, false),
  rtrim: trimmed(false, true),
  trim: trimmed(true, true),
  messageSize: rule(['text'], 'number', ([text]) => sql`CAST(length(to_utf8(${text!})) AS DOUBLE)`),
  regexReplace: ([text, regex, by], dialect) => {
    // The replacement names groups \1 in the query and $1 here.
    const replacement = sql`regexp_replace(replace(${toText(by!, dialect)}, '$', '\\$'), '\\\\([0-9])', '\\$$1')`
    const pattern = quoted(trinoRegex(String(regex!.literal)))
    return { sql: sql`regexp_replace(${toText(text!, dialect)}, ${pattern}, ${replacement})`, type: 'text' }
  },
  urlencode: rule(['text'], 'text', ([text]) => sql`url_encode(${text!})`),
  urldecode: rule(['text'], 'text', ([text]) => sql`TRY(url_decode(${text!}))`),
  base64encode: rule(['text'], 'text', ([text]) => sql`to_base64(to_utf8(${text!}))`),
  base64decode: rule(['text'], 'text', ([text]) => sql`TRY(from_utf8(from_base64(${text!})))`),
  split: rule(['text'], 'json', ([text, by]) => {
    // Trino splits by no empty text; DuckDB gives the characters then.
    const parts = sql`IF(${by!} = '', regexp_extract_all(${text!}, '(?s).'), split(${text!}, ${by!}))`
    return sql`CASE WHEN ${by!} IS NOT NULL THEN CAST(${parts} AS JSON) END`
  }),
  hexToAscii: rule(['text'], 'text', ([text]) => sql`TRY(from_utf8(from_hex(${text!})))`),
  hexToDec: rule(['text'], 'number', ([text]) => {
    return sql`CAST(TRY(from_base(regexp_extract(lower(${text!}), '^(?:0x)?([0-9a-f]{1,15})$', 1), 16)) AS DOUBLE)`
  }),
  decToHex: rule(['number'], 'text', ([number]) => {
    const hex = sql`to_base(CAST(truncate(abs(${number!})) AS BIGINT), 16)`
    return sql`CASE WHEN abs(${number!}) < 9e18 THEN IF(truncate(${number!}) < 0, '-0x', '0x') || ${hex} END`
  }),
  md5: rule(['text'], 'text', ([text]) => sql`lower(to_hex(md5(to_utf8(${text!}))))`),
  sha256: rule(['text'], 'text', ([text]) => sql`lower(to_hex(sha256(to_utf8(${text!}))))`),
  csvField: rule(['text', 'any'], 'text', ([text, index]) => {
    const line = sql`regexp_replace(${text!}, '[\\r\\n]+\\z', '')`
    const fields = sql`regexp_extract_all(',' || ${line}, ',("(?:[^"]|"")*"|[^,]*)', 1)`
    const field = sql`element_at(${fields}, CAST(${index!} AS INTEGER))`
    const inner = sql`replace(substr(${field}, 2, length(${field}) - 2), '""', '"')`
    return sql`CASE WHEN length(${field}) > 1 AND ${field} LIKE '"%"' THEN ${inner} ELSE ${field} END`
  }),
  logfmt: rule(['text'], 'json', ([text]) => {
    const pairs = param(String.raw`([^\s="]+)=("(?:[^"\\]|\\.)*"|[^\s]*)`)
    const keys = sql`regexp_extract_all(${text!}, ${pairs}, 1)`
    const unquoted = sql`IF(length(p[2]) > 1 AND p[2] LIKE '"%"', replace(replace(substr(p[2], 2, length(p[2]) - 2), '\\"', '"'), '\\\\', '\\'), p[2])`
    const values = sql`regexp_extract_all(${text!}, ${pairs}, 2)`
    const members = sql`transform(zip(${keys}, ${values}), p -> ${textAsJson(raw('p[1]'))} || ':' || ${textAsJson(unquoted)})`
    return objectOf(members)
  }),
}
