import type { DirectDialect, DocumentDialect } from '../document-dialect.js'
import {
  blanksAround,
  bracketed,
  endOfTag,
  fieldTokens,
  loneSurrogates,
  loose,
  quotedGroup,
  startOfTag,
  stringOrNumber,
  strings,
  unclosedTokens,
} from '../document-regexes.js'
import { joinSql, numeral, param, quoted, raw, type Sql, sql } from '../fragment.js'

const text = (json: Sql) => sql`CAST(${json} AS VARCHAR)`
const matches = (value: Sql, regex: string) => sql`regexp_matches(${value}, ${quoted(regex)})`
const beginsDocument = (value: Sql) => matches(value, '^[ \\t\\r\\n]*[{\\[]')
const [open, close] = [quoted(startOfTag), quoted(endOfTag)]

/**
 * What DuckDB's JSON reader takes besides JSON, and what it refuses: trailing commas, NaN and infinities; escapes of lone
 * surrogates. Of members of one name it finds the first. It writes a number with a fraction or an exponent in its own way.
 */
export const duckDbDocuments: DocumentDialect = {
  document: value => {
    const mended = sql`replace(replace(replace(regexp_replace(${value}, ${quoted(loneSurrogates)}, ${quoted(`${startOfTag}\\1${endOfTag}`)}, 'g'), ${quoted(startOfTag + endOfTag)}, '\\ufffd'), ${open}, ''), ${close}, '')`
    const isMendable = sql`${beginsDocument(value)} AND (contains(${value}, '\\ud') OR contains(${value}, '\\uD')) AND NOT contains(${value}, ${open}) AND NOT contains(${value}, ${close})`
    const readable = sql`CASE WHEN json_valid(${value}) THEN CASE WHEN ${beginsDocument(value)} THEN ${value} END WHEN ${isMendable} THEN ${mended} END`
    return sql`list_transform([${readable}], lambda m: CASE WHEN json_valid(m) AND NOT ${direct.isLoose(raw('m'))} THEN m END)[1]`
  },
  tagged: document => {
    const marked = sql`regexp_replace(${document}, ${quoted(stringOrNumber)}, ${quoted(`"${startOfTag}\\1${endOfTag}\\2"`)}, 'g')`
    const empty = quoted(`${startOfTag}${endOfTag}"`)
    const tagged = sql`replace(replace(replace(replace(${marked}, ${empty}, 's"'), ${quoted(startOfTag + endOfTag)}, 'n'), ${open}, 's'), ${close}, '')`
    return sql`json_extract(${tagged}, '$')`
  },
  walk: (json, steps) => {
    const list = joinSql(
      steps.map(step => (typeof step === 'number' ? quoted(`#${step}`) : quotedOrParam(`s${step}`))),
      ', ',
    )
    const member = sql`list_transform([json_keys(j)], lambda k: json_extract(j, '$.*')[len(k) + 1 - list_position(list_reverse(k), s)])[1]`
    const next = sql`CASE WHEN starts_with(s, '#') THEN json_extract(j, '$[' || substr(s, 2) || ']') ELSE ${member} END`
    return sql`CAST(list_reduce([${list}], lambda j, s: CAST(${next} AS VARCHAR), ${text(json)}) AS JSON)`
  },
  elements: json => sql`CASE WHEN left(${text(json)}, 1) = '[' THEN json_extract(${json}, '$[*]') END`,
  members: json => {
    const isLast = sql`NOT list_contains(k[i + 1:], k[i])`
    const members = sql`list_filter(json_extract(${json}, '$.*'), lambda v, i: ${isLast})`
    return sql`CASE WHEN left(${text(json)}, 1) = '{' THEN list_transform([json_keys(${json})], lambda k: ${members})[1] END`
  },
  some: (list, name, test) => sql`(len(list_filter(${list}, lambda ${raw(name)}: ${test})) > 0)`,
  string: json => {
    const written = text(json)
    const inner = sql`CASE WHEN contains(${written}, '\\') THEN json_extract_string(${json}, '$') ELSE ${written}[2:-2] END`
    return sql`CASE WHEN left(${written}, 1) = '"' THEN ${inner} END`
  },
  source: text,

  double: value => sql`TRY_CAST(${value} AS DOUBLE)`,
  fields: value => {
    // What follows a mark that is never closed is cut again, without that kind of group; at most twice.
    const recut = (list: Sql, name: string, next: (last: Sql) => Sql) => {
      const bound = raw(name)
      const isOpen = sql`(${matches(sql`${bound}[-1]`, '^["\\[]')} AND NOT ${matches(sql`${bound}[-1]`, `\\A(?:${quotedGroup}|${bracketed})${blanksAround}\\z`)})`
      return sql`list_transform([${list}], lambda ${bound}: CASE WHEN ${isOpen} THEN list_concat(${bound}[:-2], ${next(sql`${bound}[-1]`)}) ELSE ${bound} END)[1]`
    }
    const cut = (of: Sql, regex: string) => sql`regexp_extract_all(${of}, ${quoted(regex)})`
    const without = (last: Sql) =>
      sql`CASE WHEN starts_with(${last}, '"') THEN ${recut(cut(last, unclosedTokens.bracket), 'f3', rest => cut(rest, fieldTokens))} ELSE ${recut(cut(last, unclosedTokens.quote), 'f3', rest => cut(rest, fieldTokens))} END`
    return recut(cut(sql`trim(${value}, ${quoted(' \t\r\n')})`, unclosedTokens.both), 'f2', without)
  },
  count: list => sql`len(${list})`,
  at: (list, position) => sql`${list}[${numeral(position)}]`,
  trimEnd: value => sql`rtrim(${value}, ${quoted(' \t')})`,
  joinFrom: (list, position) => sql`array_to_string(${list}[${numeral(position)}:], '')`,

  get direct() {
    return direct
  },
}

/** A name with NUL cannot stand in a literal. */
function quotedOrParam(name: string): Sql {
  return name.includes('\0') ? sql`CAST(${param(name)} AS VARCHAR)` : quoted(name)
}

/** Longer paths are rare, and the tests on the way would be long too. */
const maxDirectSteps = 12

const direct: DirectDialect = {
  isJson: value => sql`(json_valid(${value}) AND ${beginsDocument(value)})`,
  extract: (value, paths) => {
    const written = paths.map(path => (path.length > maxDirectSteps ? null : pathText(path)))
    if (written.includes(null)) return null
    const list = joinSql(
      written.map(path => quoted(path!)),
      ', ',
    )
    return sql`json_extract(${value}, [${list}])`
  },
  isLoose: value => {
    const outside = sql`regexp_replace(${value}, ${quoted(strings)}, '""', 'g')`
    // CASE stops where AND would work out both sides.
    return sql`CASE WHEN ${matches(value, loose)} THEN ${matches(outside, loose)} ELSE FALSE END`
  },
  hasTwins: (value, path) => {
    const tests = path.flatMap((step, index) => {
      if (typeof step === 'number') return []
      const name = quoted(`"${step}"`)
      // Nearly every text names a member once, which is cheap to see.
      const isTwice = sql`contains(substr(${value}, strpos(${value}, ${name}) + 1), ${name})`
      const container = index === 0 ? value : sql`json_extract(${value}, ${quoted(pathText(path.slice(0, index))!)})`
      const twins = sql`len(list_filter(json_keys(${container}), lambda k: k = ${quoted(step)})) > 1`
      return [sql`((${isTwice} OR contains(${value}, '\\u')) AND ${twins})`]
    })
    return tests.length === 0 ? sql`FALSE` : sql`(${joinSql(tests, ' OR ')})`
  },
  isRewritten: (json, value) =>
    sql`(left(${text(json)}, 1) IN ('-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9') AND (${matches(text(json), '[.eE]')} OR (${text(json)} = '0' AND contains(${value}, '-0'))))`,
}

/** A path that finds names in objects and numbers in arrays only; null where DuckDB has no way to say that. */
function pathText(steps: readonly (string | number)[]): string | null {
  const isPlain = (step: string | number) => typeof step === 'string' && !/^(?:\d*|-)$|["\\/~\0-\x1f]/.test(step)
  if (steps.every(isPlain)) return steps.map(step => `/${step}`).join('')
  const written = steps.map(step => {
    if (typeof step === 'number') return step > 0x7fffffff ? null : `[${step}]`
    return /^[A-Za-z0-9_-]+$/.test(step) ? `."${step}"` : null
  })
  return written.includes(null) ? null : `$${written.join('')}`
}
