import type { Dialect } from '../dialect.js'
import { joinSql, numeral, quoted, raw, type Sql, sql } from '../fragment.js'
import { histogram, percentile } from './trino-aggregates.js'
import { bind } from './trino-bind.js'
import { trinoDocuments } from './trino-documents.js'
import { trinoFunctions } from './trino-functions.js'
import { ifJson, isContainer, jsonPath, jsonText, objectOf, scalarText, textAsJson } from './trino-json.js'
import { numberText } from './trino-numbers.js'
import { trinoPatterns } from './trino-patterns.js'
import { trinoRegex } from './trino-regex.js'

/**
 * Trino, and Athena's engine version 3, which is one. JSON is its JSON type. `arrival` and `timestamp` are
 * `timestamp(6) with time zone`, as Iceberg gives them.
 */
export const trino: Dialect = {
  name: 'trino',
  // Athena's execution parameters have at most 1,024 characters each.
  placeholder: null,
  inline: '',

  bind,
  text: value => sql`CAST(${value} AS VARCHAR)`,
  // TRY_CAST also takes 'Infinity', 'NaN', '1d' and hex.
  toNumber: text =>
    sql`CASE WHEN regexp_like(${text}, '^\\s*[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?\\s*$') AND is_finite(TRY_CAST(trim(${text}) AS DOUBLE)) THEN TRY_CAST(trim(${text}) AS DOUBLE) END`,
  isFinite: number => sql`is_finite(${number})`,
  numberText,
  timeText: ms => sql`format_datetime(${instantOf(ms)}, 'yyyy-MM-dd HH:mm:ss.SSS')`,
  both: (text, number) => sql`CAST(ROW(${text}, ${number}) AS ROW(t VARCHAR, n DOUBLE))`,
  textOf: both => sql`${both}.t`,
  numberOf: both => sql`${both}.n`,
  epochMs: timestamp => sql`CAST(to_unixtime(${timestamp}) * 1000 AS BIGINT)`,
  instant: ms => instantOf(numeral(ms)),
  monthIndex: ms => sql`(year(${instantOf(ms)}) * 12 + month(${instantOf(ms)}) - 1)`,
  monthStart: index =>
    sql`CAST(to_unixtime(date_add('month', ${index} - ${numeral(1970 * 12)}, TIMESTAMP '1970-01-01 00:00:00 UTC')) * 1000 AS BIGINT)`,
  wallClock: (ms, zone) => {
    const shown = sql`CAST(at_timezone(${instantOf(ms)}, ${quoted(zone)}) AS TIMESTAMP)`
    return sql`CAST(to_unixtime(with_timezone(${shown}, 'UTC')) * 1000 AS BIGINT)`
  },
  fromWallClock: (ms, zone) =>
    sql`CAST(to_unixtime(with_timezone(CAST(${instantOf(ms)} AS TIMESTAMP), ${quoted(zone)})) * 1000 AS BIGINT)`,
  // MySQL's codes, which date_format takes, differ from C's for most of what is not on this list too.
  timeCodes: {
    a: '%a',
    A: '%W',
    b: '%b',
    B: '%M',
    d: '%d',
    f: '%f',
    G: '%x',
    H: '%H',
    I: '%I',
    j: '%j',
    m: '%m',
    M: '%i',
    p: '%p',
    S: '%S',
    V: '%v',
    y: '%y',
    Y: '%Y',
    '-d': '%e',
    '-H': '%k',
    '-I': '%l',
    '-m': '%c',
  },
  printTime: (ms, format) => sql`date_format(${instantOf(ms)}, ${quoted(format)})`,

  hex: whole => sql`to_base(${whole}, 16)`,
  hexGroups: text =>
    sql`CASE WHEN ${text} = '' THEN '' ELSE array_join(transform(split(${text}, ':'), g -> lpad(g, 4, '0')), '') END`,
  padLeft: (text, length) => sql`lpad(${text}, greatest(${length}, 0), '0')`,
  contains: (text, part) => sql`(strpos(${text}, ${part}) > 0)`,
  seeksFirstCharacter: false,
  startsWith: (text, part) => sql`starts_with(${text}, ${part})`,
  endsWith: (text, part) => sql`starts_with(reverse(${text}), reverse(${part}))`,
  matches: (text, regex) => sql`regexp_like(${text}, ${pattern(regex)})`,
  firstMatch: (text, regex, groupCount) => {
    const groups = Array.from({ length: groupCount }, (_, index) => {
      return sql`regexp_extract(${text}, ${pattern(regex)}, ${numeral(index + 1)})`
    })
    return sql`ARRAY[${joinSql(groups, ', ')}]`
  },
  group: (match, index) => sql`element_at(${match}, ${numeral(index)})`,
  allMatches: (text, regex, index) => sql`regexp_extract_all(${text}, ${pattern(regex)}, ${numeral(index)})`,
  naturalChunks: text =>
    sql`transform(regexp_extract_all(${text}, '[0-9]+|[^0-9]+'), c -> CASE WHEN regexp_like(c, '^[0-9]') THEN '0' || lpad(CAST(length(c) AS VARCHAR), 9, '0') || c ELSE c END)`,
  unnest: (relation, lists, columns, place) => {
    const elements = sql`UNNEST(${joinSql(lists, ', ')}) WITH ORDINALITY AS u(${raw([...columns, place].join(', '))})`
    return sql`SELECT * FROM ${raw(relation)} CROSS JOIN ${elements}`
  },

  sequence: (from, to, step) => sql`sequence(${from}, ${to}, ${numeral(step)})`,

  isJsonObject: (fields, message) => {
    const isObject = sql`starts_with(ltrim(${message}), '{')`
    return fields === null ? isObject : sql`(${fields} IS NULL AND ${isObject})`
  },
  jsonField: (text, path) => ifJson(text, sql`json_extract(${text}, ${jsonPath(path)})`),
  jsonFieldText: (text, path) => ifJson(text, sql`json_extract_scalar(${text}, ${jsonPath(path)})`),
  mapValue: (map, key) => sql`element_at(${map}, ${quoted(key)})`,
  jsonParse: text => ifJson(text, sql`json_extract(${text}, '$')`),
  jsonString: text => sql`CAST(${text} AS JSON)`,
  jsonAt: (json, steps) => sql`json_extract(${json}, ${jsonPath(steps)})`,
  jsonScalar: scalarText,
  jsonText,
  jsonIsPresent: json => sql`(${json} IS NOT NULL AND json_format(${json}) <> 'null')`,
  jsonEntries: json => {
    const members = sql`map_entries(CAST(${json} AS MAP(VARCHAR, JSON)))`
    return sql`CAST(transform(${members}, m -> ARRAY[CAST(m[1] AS JSON), m[2]]) AS JSON)`
  },
  mapJson: map =>
    objectOf(sql`transform(map_entries(${map}), e -> ${textAsJson(raw('e[1]'))} || ':' || ${textAsJson(raw('e[2]'))})`),
  jsonElements: json => sql`coalesce(TRY(CAST(${json} AS ARRAY(JSON))), ARRAY[${json}])`,
  jsonIsContainer: isContainer,
  listHas: (list, text) => sql`contains(transform(${list}, e -> ${scalarText(raw('e'))}), ${text})`,
  jsonLength: json => sql`json_array_length(${json})`,

  argMin: (value, key) => sql`min_by(${value}, ${key}) FILTER (WHERE ${value} IS NOT NULL)`,
  argMax: (value, key) => sql`max_by(${value}, ${key}) FILTER (WHERE ${value} IS NOT NULL)`,
  // Rows that hold nulls cannot be compared.
  naturalKey: ([rank, number, chunks]) =>
    number === undefined || chunks === undefined
      ? rank!
      : sql`row(${rank!}, coalesce(${number}, 0e0), coalesce(${chunks}, CAST(ARRAY[] AS ARRAY(VARCHAR))))`,
  percentile: (number, fraction) => percentile(number, fraction, raw('')),
  distinctValues: text => sql`CAST(array_sort(array_agg(DISTINCT ${text}) FILTER (WHERE ${text} IS NOT NULL)) AS JSON)`,
  mostFrequent: (text, count) =>
    sql`CAST(transform(slice(array_sort(map_entries(histogram(${text})), (a, b) -> IF(a[2] > b[2], -1, IF(a[2] < b[2], 1, IF(a[1] < b[1], -1, 1)))), 1, ${count}), e -> e[1]) AS JSON)`,
  histogram: (number, buckets) => histogram(number, buckets, numberText),
  percentileOver: (number, fraction) => percentile(number, fraction, raw(' OVER ()')),
  lastValue: (value, over) =>
    sql`last_value(${value}) IGNORE NULLS OVER (${over} ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)`,
  pointer: ({ account, group, stream, timestamp, arrival, random, index, rawId }) => {
    const parts = [trino.epochMs(arrival), random, index].map(part => sql`CAST(${part} AS VARCHAR)`)
    const id = sql`coalesce(${rawId}, concat_ws('.', ${joinSql(parts, ', ')}))`
    const time = sql`CAST(CAST(to_unixtime(${timestamp}) * 1000000 AS BIGINT) AS VARCHAR)`
    const list = sql`json_format(CAST(ARRAY[${account}, ${group}, ${stream}, ${time}, ${id}] AS JSON))`
    return sql`to_base64(to_utf8(${list}))`
  },

  documents: trinoDocuments,
  patterns: trinoPatterns,
  functions: trinoFunctions,
}

function instantOf(ms: Sql): Sql {
  return sql`from_unixtime(${ms} / 1000e0, 'UTC')`
}

function pattern(regex: string): Sql {
  return quoted(trinoRegex(regex))
}
