import type { DocumentDialect } from '../document-dialect.js'
import {
  blanksAround,
  bracketed,
  endOfTag,
  fieldTokens,
  loneSurrogates,
  quotedGroup,
  startOfTag,
  stringOrNumber,
  unclosedTokens,
} from '../document-regexes.js'
import { joinSql, numeral, param, quoted, raw, type Sql, sql } from '../fragment.js'
import { bind } from './trino-bind.js'

const matches = (value: Sql, regex: string) => sql`regexp_like(${value}, ${quoted(regex)})`
const [open, close, both] = [quoted(startOfTag), quoted(endOfTag), quoted(startOfTag + endOfTag)]

/**
 * Trino parses JSON with Jackson, strictly; of members of one name the last counts there too. Tagged documents keep their
 * objects as maps of JSON.
 */
export const trinoDocuments: DocumentDialect = {
  document: value => {
    const marked = sql`regexp_replace(${value}, ${quoted(loneSurrogates)}, ${quoted(`${startOfTag}$1${endOfTag}`)})`
    const mended = sql`replace(replace(replace(${marked}, ${both}, '\\ufffd'), ${open}, ''), ${close}, '')`
    const isMarked = sql`(strpos(${value}, ${open}) > 0 OR strpos(${value}, ${close}) > 0)`
    const mendable = sql`(strpos(${value}, '\\ud') > 0 OR strpos(${value}, '\\uD') > 0)`
    const readable = sql`CASE WHEN ${isMarked} OR NOT ${matches(value, '^[ \\t\\r\\n]*[{\\[]')} THEN NULL WHEN ${mendable} THEN ${mended} ELSE ${value} END`
    return bind('m', readable, text => sql`CASE WHEN TRY(json_parse(${text})) IS NOT NULL THEN ${text} END`)
  },
  tagged: document => {
    const marked = sql`regexp_replace(${document}, ${quoted(stringOrNumber)}, ${quoted(`"${startOfTag}$1${endOfTag}$2"`)})`
    const empty = quoted(`${startOfTag}${endOfTag}"`)
    return sql`json_parse(replace(replace(replace(replace(${marked}, ${empty}, 's"'), ${both}, 'n'), ${open}, 's'), ${close}, ''))`
  },
  walk: (json, steps) => {
    const names = steps.map(step => (typeof step === 'number' ? quoted(`#${step}`) : textOf(`s${step}`)))
    const element = sql`element_at(TRY(CAST(j AS ARRAY(JSON))), CAST(substr(s, 2) AS BIGINT) + 1)`
    const member = sql`element_at(TRY(CAST(j AS MAP(VARCHAR, JSON))), s)`
    return sql`reduce(ARRAY[${joinSql(names, ', ')}], ${json}, (j, s) -> IF(starts_with(s, '#'), ${element}, ${member}), j -> j)`
  },
  elements: json => sql`TRY(CAST(${json} AS ARRAY(JSON)))`,
  members: json => sql`map_values(TRY(CAST(${json} AS MAP(VARCHAR, JSON))))`,
  some: (list, name, test) => sql`any_match(${list}, ${raw(name)} -> ${test})`,
  string: json => sql`CASE WHEN starts_with(json_format(${json}), '"') THEN CAST(${json} AS VARCHAR) END`,
  source: json => sql`json_format(${json})`,

  double: value => sql`TRY_CAST(${value} AS DOUBLE)`,
  fields: value => {
    const recut = (list: Sql, name: string, next: (last: Sql) => Sql) =>
      bind(name, list, bound => {
        const last = sql`element_at(${bound}, -1)`
        const isOpen = sql`(${matches(last, '^["\\[]')} AND NOT ${matches(last, `\\A(?:${quotedGroup}|${bracketed})${blanksAround}\\z`)})`
        return sql`IF(${isOpen}, concat(slice(${bound}, 1, cardinality(${bound}) - 1), ${next(last)}), ${bound})`
      })
    const cut = (of: Sql, regex: string) => sql`regexp_extract_all(${of}, ${quoted(regex)})`
    const words = (rest: Sql) => cut(rest, fieldTokens)
    const without = (last: Sql) =>
      sql`IF(starts_with(${last}, '"'), ${recut(cut(last, unclosedTokens.bracket), 'f3', words)}, ${recut(cut(last, unclosedTokens.quote), 'f3', words)})`
    return recut(cut(sql`trim(BOTH ${quoted(' \t\r\n')} FROM ${value})`, unclosedTokens.both), 'f2', without)
  },
  count: list => sql`cardinality(${list})`,
  at: (list, position) => sql`element_at(${list}, ${numeral(position)})`,
  trimEnd: value => sql`trim(TRAILING ${quoted(' \t')} FROM ${value})`,
  joinFrom: (list, position) =>
    sql`array_join(slice(${list}, ${numeral(position)}, greatest(cardinality(${list}) - ${numeral(position - 1)}, 0)), '')`,
}

/** A text with NUL cannot stand in a literal. */
function textOf(name: string): Sql {
  return name.includes('\0') ? sql`CAST(${param(name)} AS VARCHAR)` : quoted(name)
}
