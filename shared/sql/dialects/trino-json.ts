/**
 * JSON in Trino. Its JSON type keeps what `json_extract` copies out of a text as it stands there: members in their order,
 * doubles as Java writes them. `json_parse` would sort the members, and is asked only whether the text is JSON at all,
 * since `json_extract` does not look beyond what it wants.
 */
import { quoted, type Sql, sql } from '../fragment.js'
import { bind } from './trino-bind.js'

export function isContainer(json: Sql): Sql {
  return sql`substr(json_format(${json}), 1, 1) IN ('{', '[')`
}

/** What is taken out of a text, if the whole text is JSON. */
export function ifJson(text: Sql, taken: Sql): Sql {
  return sql`CASE WHEN TRY(json_parse(${text})) IS NOT NULL THEN ${taken} END`
}

/** A step of digits may be a name or a position: Trino takes it for a name in brackets and for a position without quotes. */
export function jsonPath(steps: readonly (string | number)[]): Sql {
  const written = steps.map(step =>
    typeof step === 'number' || /^\d{1,9}$/.test(step)
      ? `[${step}]`
      : `["${step.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"]`,
  )
  return quoted(`$${written.join('')}`)
}

/** Text of a scalar; see `Dialect.jsonScalar`. */
export function scalarText(json: Sql): Sql {
  const literal = sql`json_format(${json})`
  const scalar = sql`json_extract_scalar(${json}, '$')`
  const number = sql`regexp_replace(${withoutExponents(literal)}, '^(-?[0-9]+)[.]0$', '$1')`
  return sql`CASE substr(${literal}, 1, 1) WHEN '"' THEN ${scalar} WHEN '{' THEN NULL WHEN '[' THEN NULL WHEN 't' THEN '1' WHEN 'f' THEN '0' WHEN 'n' THEN NULL ELSE ${number} END`
}

/** Compact text of any JSON. */
export function jsonText(json: Sql): Sql {
  return sql`CASE WHEN ${isContainer(json)} THEN ${withoutSurrogates(withoutExponents(sql`json_format(${json})`))} ELSE ${scalarText(json)} END`
}

/** Texts, which are JSON, as the members of an object. */
export function objectOf(members: Sql): Sql {
  return sql`json_extract('{' || array_join(${members}, ',') || '}', '$')`
}

export function textAsJson(text: Sql): Sql {
  return sql`json_format(CAST(${text} AS JSON))`
}

/** Trino writes characters beyond the first plane as two escapes. Backslashes that are escaped are stepped over. */
function withoutSurrogates(json: Sql): Sql {
  return bind('j', json, text => {
    const found = quoted(String.raw`(\\\\)|\\u(D[89AB][0-9A-F]{2})\\u(D[C-F][0-9A-F]{2})`)
    const character = sql`chr((from_base(m[2], 16) - 55296) * 1024 + from_base(m[3], 16) - 56320 + 65536)`
    const replaced = sql`regexp_replace(${text}, ${found}, m -> coalesce(m[1], CAST(${character} AS VARCHAR)))`
    return sql`IF(strpos(${text}, '\\uD') > 0, ${replaced}, ${text})`
  })
}

/**
 * Java writes doubles from 10^7 on and below 10^-3 with an exponent, others from 10^21 on and below 10^-6. Strings in the
 * JSON are stepped over.
 */
function withoutExponents(json: Sql): Sql {
  const found = quoted('("(?:[^"\\\\]|\\\\.)*")|(-?[0-9][.][0-9]+E-?[0-9]+)')
  const digits = sql`regexp_replace(regexp_replace(m[2], '^-|E.*$'), '[.]0?$|[.]')`
  const exponent = sql`CAST(regexp_extract(m[2], 'E(.*)$', 1) AS INTEGER)`
  const sign = sql`IF(starts_with(m[2], '-'), '-', '')`
  const large = sql`rpad(d, e + 1, '0') || '.' || IF(length(d) > e + 1, substr(d, e + 2), '0')`
  const small = sql`'0.' || rpad('', -e - 1, '0') || d`
  const scientific = sql`substr(d, 1, 1) || IF(length(d) > 1, '.' || substr(d, 2), '') || 'e' || CAST(e AS VARCHAR)`
  const plain = sql`${sign} || CASE WHEN e BETWEEN 0 AND 20 THEN ${large} WHEN e BETWEEN -6 AND -1 THEN ${small} ELSE ${scientific} END`
  const number = sql`element_at(transform(ARRAY[${digits}], d -> element_at(transform(ARRAY[${exponent}], e -> ${plain}), 1)), 1)`
  const replaced = sql`regexp_replace(${json}, ${found}, m -> coalesce(m[1], ${number}))`
  return sql`CASE WHEN regexp_like(${json}, '[0-9]E-?[0-9]') THEN ${replaced} ELSE ${json} END`
}
