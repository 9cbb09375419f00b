import type { Dialect } from '../dialect.js'
import { joinSql, param, quoted, raw, type Sql, sql } from '../fragment.js'
import { type FunctionTable, rule } from '../functions/function-table.js'
import { integers } from '../functions/numbers.js'
import { nothing, type Typed, toText } from '../typed.js'
import { objectOf, textAsJson } from './trino-json.js'
import { trinoRegex } from './trino-regex.js'

const trimmed = (before: boolean, after: boolean) =>
  rule(['text'], 'text', ([text, characters]) => {
    const side = before && after ? sql`BOTH` : before ? sql`LEADING` : sql`TRAILING`
    if (characters !== undefined) return sql`trim(${side} ${characters} FROM ${text!})`
    const start = before ? sql`regexp_replace(${text!}, ${quoted(trinoRegex('^\\s+'))})` : text!
    return after ? sql`regexp_replace(${start}, ${quoted(trinoRegex('\\s+$'))})` : start
  })

const present = (args: readonly Sql[]) => sql`filter(ARRAY[${joinSql(args, ', ')}], x -> x IS NOT NULL)`

const isUtf8 = (bytes: Sql) => sql`to_utf8(from_utf8(${bytes})) = ${bytes}`

/** What the bytes are as text; absent where they are none, of which `from_utf8` would make U+FFFD. */
function textOf(bytes: Sql, dialect: Dialect): Sql {
  return dialect.bind('b', bytes, b => sql`CASE WHEN ${isUtf8(b)} THEN from_utf8(${b}) END`)
}

/** Groups are called \1 in the query and $1 here; in both, a backslash stands before a sign that is itself. */
function replacement(by: Typed, dialect: Dialect): Sql {
  const signs = '\\\\([0-9])|\\\\?([\\\\$])'
  if (typeof by.literal !== 'string') {
    const written = sql`IF(m[1] IS NULL, '\\' || m[2], '$' || m[1])`
    return sql`regexp_replace(${toText(by, dialect)}, ${quoted(signs)}, m -> ${written})`
  }
  const written = by.literal.replace(new RegExp(signs, 'g'), (_, group?: string, sign?: string) => {
    return group === undefined ? `\\${sign}` : `$${group}`
  })
  return dialect.text(param(written))
}

export const trinoFunctions: FunctionTable = {
  greatest: rule(['number'], 'number', args => sql`array_max(${present(args)})`),
  least: rule(['number'], 'number', args => sql`array_min(${present(args)})`),
  ...integers(number => sql`truncate(${number})`),
  // As elsewhere, ẞ is the capital of ß.
  toupper: rule(['text'], 'text', ([text]) => sql`upper(replace(${text!}, 'ß', 'ẞ'))`),
  ltrim: trimmed(true, false),
  rtrim: trimmed(false, true),
  trim: trimmed(true, true),
  messageSize: rule(['text'], 'number', ([text]) => sql`CAST(length(to_utf8(${text!})) AS DOUBLE)`),
  // Trino finds an empty text everywhere.
  replace: rule(['text'], 'text', ([text, search, by], { typed: [, { literal } = nothing] }) => {
    const replaced = sql`replace(${text!}, ${search!}, ${by!})`
    const isEverywhere = typeof literal !== 'string' || literal === ''
    return isEverywhere ? sql`IF(${search!} = '' AND ${by!} IS NOT NULL, ${text!}, ${replaced})` : replaced
  }),
  regexReplace: ([text, regex, by], dialect) => {
    const pattern = quoted(trinoRegex(String(regex!.literal)))
    return {
      sql: sql`regexp_replace(${toText(text!, dialect)}, ${pattern}, ${replacement(by!, dialect)})`,
      type: 'text',
    }
  },
  // It has another idea than RFC 3986 of which signs need no escape.
  urlencode: rule(['text'], 'text', ([text]) => sql`replace(replace(url_encode(${text!}), '*', '%2A'), '%7E', '~')`),
  urldecode: rule(['text'], 'text', ([text], { dialect }) =>
    dialect.bind('e', sql`replace(${text!}, '+', ' ')`, encoded => {
      // Trino's own fails where a % is none of an escape.
      const escapes = quoted('((?:%[0-9a-fA-F]{2})+)')
      const bytes = (escaped: Sql) => sql`from_hex(replace(${escaped}, '%', ''))`
      const isText = sql`all_match(regexp_extract_all(${encoded}, ${escapes}), x -> ${isUtf8(bytes(raw('x')))})`
      const decoded = sql`regexp_replace(${encoded}, ${escapes}, x -> from_utf8(${bytes(raw('x[1]'))}))`
      return sql`CASE WHEN ${isText} THEN ${decoded} END`
    }),
  ),
  base64encode: rule(['text'], 'text', ([text]) => sql`to_base64(to_utf8(${text!}))`),
  base64decode: rule(['text'], 'text', ([text], { dialect }) => {
    const isPadded = dialect.matches(text!, '^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$')
    return sql`CASE WHEN ${isPadded} THEN ${textOf(sql`from_base64(${text!})`, dialect)} END`
  }),
  split: rule(['text'], 'json', ([text, by]) => {
    // Trino splits by no empty text; DuckDB gives the characters then, and of an empty text itself.
    const characters = sql`IF(${text!} = '', ARRAY[''], regexp_extract_all(${text!}, '(?s).'))`
    return sql`CASE WHEN ${by!} = '' THEN CAST(${characters} AS JSON) ELSE CAST(split(${text!}, ${by!}) AS JSON) END`
  }),
  hexToAscii: rule(['text'], 'text', ([text], { dialect }) => {
    const even = sql`IF(mod(length(${text!}), 2) = 1, '0' || ${text!}, ${text!})`
    return textOf(sql`TRY(from_hex(${even}))`, dialect)
  }),
  hexToDec: rule(['text'], 'number', ([text]) => {
    return sql`CAST(TRY(from_base(regexp_extract(lower(${text!}), '^(?:0x)?([0-9a-f]{1,15})\\z', 1), 16)) AS DOUBLE)`
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
    return sql`CASE WHEN regexp_like(${text!}, ${pairs}) THEN ${objectOf(members)} END`
  }),
}
