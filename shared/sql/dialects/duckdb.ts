import type { Dialect } from '../dialect.js'
import { joinSql, numeral, quoted, raw, type Sql, sql } from '../fragment.js'
import { readTime } from './duckdb-dates.js'
import { duckDbDocuments } from './duckdb-documents.js'
import { duckDbFunctions } from './duckdb-functions.js'
import { duckDbPatterns } from './duckdb-patterns.js'

/** DuckDB 1.5. JSON is its JSON type, whose values are texts. */
export const duckDb: Dialect = {
  name: 'duckdb',
  placeholder: number => `$${number}`,
  inline: ' NOT MATERIALIZED',

  bind: (name, value, use) => sql`list_transform([${value}], lambda ${raw(name)}: ${use(raw(name))})[1]`,
  text: value => sql`CAST(${value} AS VARCHAR)`,
  // TRY_CAST also takes 'inf', 'nan' and '1_000'.
  toNumber: text =>
    sql`CASE WHEN isfinite(TRY_CAST(${text} AS DOUBLE)) AND NOT contains(${text}, '_') THEN TRY_CAST(${text} AS DOUBLE) END`,
  isFinite: number => sql`isfinite(${number})`,
  promotedDoubleText: number => sql`regexp_replace(CAST(${number} AS VARCHAR), '\\.0$', '')`,
  numberText: number => sql`regexp_replace(rtrim(rtrim(printf('%.4f', ${number}), '0'), '.'), '^-0$', '0')`,
  timeText: ms => sql`strftime(make_timestamp(${ms} * 1000), '%Y-%m-%d %H:%M:%S.%g')`,
  both: (text, number) => sql`struct_pack(t := ${text}, n := ${number})`,
  textOf: both => sql`(${both}).t`,
  numberOf: both => sql`(${both}).n`,
  epochMs: timestamp => sql`epoch_ms(${timestamp})`,
  instant: ms => sql`make_timestamptz(${numeral(ms * 1000)})`,
  monthIndex: ms => sql`(year(make_timestamp(${ms} * 1000)) * 12 + month(make_timestamp(${ms} * 1000)) - 1)`,
  monthStart: index => sql`epoch_ms(make_timestamp(${index} // 12, ${index} % 12 + 1, 1, 0, 0, 0.0))`,
  wallClock: (ms, zone) => sql`epoch_ms(timezone(${quoted(zone)}, make_timestamptz(${ms} * 1000)))`,
  fromWallClock: (ms, zone) => sql`epoch_ms(timezone(${quoted(zone)}, make_timestamp(${ms} * 1000)))`,
  timeCodes: Object.fromEntries(
    [...'aAbBdfGHIjmMpSuUVwWyY', '-d', '-H', '-I', '-j', '-m', '-M', '-S', '-y'].map(code => [code, `%${code}`]),
  ),
  printTime: (ms, format) => sql`strftime(make_timestamp(${ms} * 1000), ${quoted(format)})`,
  readTime,

  hex: whole => sql`lower(to_hex(${whole}))`,
  hexGroups: text =>
    sql`CASE WHEN ${text} = '' THEN '' ELSE array_to_string(list_transform(str_split(${text}, ':'), lambda g: lpad(g, 4, '0')), '') END`,
  padLeft: (text, length) => sql`lpad(${text}, CAST(greatest(${length}, 0) AS INTEGER), '0')`,
  contains: (text, part) => sql`contains(${text}, ${part})`,
  seeksFirstCharacter: true,
  startsWith: (text, part) => sql`starts_with(${text}, ${part})`,
  endsWith: (text, part) => sql`ends_with(${text}, ${part})`,
  matches: (text, regex) => sql`regexp_matches(${text}, ${pattern(regex)})`,
  firstMatch: (text, regex, groupCount) =>
    sql`CASE WHEN regexp_matches(${text}, ${pattern(regex)}) THEN ${firstGroups(text, regex, groupCount)} END`,
  firstGroups,
  group: (match, index) => sql`(${match}).g${numeral(index)}`,
  allMatches: (text, regex, index) => sql`regexp_extract_all(${text}, ${pattern(regex)}, ${numeral(index)})`,
  naturalChunks: text =>
    sql`list_transform(regexp_extract_all(${text}, '[0-9]+|[^0-9]+'), lambda c: CASE WHEN c BETWEEN '0' AND '9z' THEN '0' || lpad(CAST(length(c) AS VARCHAR), 9, '0') || c ELSE c END)`,
  unnest: (relation, lists, columns, place) => {
    const added = lists.map((list, index) => sql`unnest(${list}) AS ${raw(columns[index]!)}`)
    const places = sql`generate_subscripts(${lists[0]!}, 1) AS ${raw(place)}`
    return sql`SELECT *, ${joinSql([...added, places], ', ')} FROM ${raw(relation)}`
  },

  sequence: (from, to, step) => sql`generate_series(${from}, ${to}, ${numeral(step)})`,

  isJsonObject: (fields, message) => {
    // CASE stops where OR would work out both sides; bounds cost a third of what `starts_with` does.
    const isObject = sql`CASE WHEN ${message} >= '{' AND ${message} < '|' THEN TRUE ELSE starts_with(ltrim(${message}), '{') END`
    return fields === null ? isObject : sql`(${fields} IS NULL AND ${isObject})`
  },
  // A document that DuckDB cannot read, such as one with a lone surrogate, has no fields.
  jsonField: (text, path) => sql`TRY(json_extract(${text}, ${pointer(path)}))`,
  jsonFieldText: (text, path) => sql`TRY(json_extract_string(${text}, ${pointer(path)}))`,
  // Comparing with bounds is a tenth of the cost of asking for the first character.
  isDoubtfulText: text =>
    sql`(${text} = 'true' OR ${text} = 'false' OR ends_with(${text}, '.0') OR (${text} >= '{' AND ${text} < '|') OR (${text} >= '[' AND ${text} < '\\'))`,
  jsonFields: (text, paths) => sql`TRY(json_extract(${text}, [${joinSql(paths.map(pointer), ', ')}]))`,
  jsonFieldTexts: (text, paths) => sql`TRY(json_extract_string(${text}, [${joinSql(paths.map(pointer), ', ')}]))`,
  mapValue: (map, key) => sql`${map}[${quoted(key)}]`,
  jsonParse: text => sql`CASE WHEN json_valid(${text}) THEN json_extract(${text}, '$') END`,
  jsonString: text => sql`to_json(${text})`,
  jsonAt: (json, steps) => sql`json_extract(${json}, ${pointer(steps)})`,
  jsonScalar: json => {
    const text = sql`CAST(${json} AS VARCHAR)`
    // Without escapes the text stands between the quotes: much cheaper than asking the JSON reader.
    const inner = sql`CASE WHEN contains(${text}, '\\') THEN json_extract_string(${json}, '$') ELSE ${text}[2:-2] END`
    const number = sql`CASE WHEN ends_with(${text}, '.0') THEN left(${text}, -2) ELSE ${text} END`
    return sql`CASE left(${text}, 1) WHEN '"' THEN ${inner} WHEN '{' THEN NULL WHEN '[' THEN NULL WHEN 't' THEN '1' WHEN 'f' THEN '0' WHEN 'n' THEN NULL ELSE ${number} END`
  },
  jsonText: json =>
    sql`CASE WHEN ${isContainer(json)} THEN CAST(${json} AS VARCHAR) ELSE ${duckDb.jsonScalar(json)} END`,
  jsonIsPresent: json => sql`(${json} IS NOT NULL AND CAST(${json} AS VARCHAR) <> 'null')`,
  jsonEntries: json => {
    const member = sql`json_extract(${json}, '/' || replace(replace(k, '~', '~0'), '/', '~1'))`
    return sql`to_json(list_transform(json_keys(${json}), lambda k: [to_json(k), ${member}]))`
  },
  mapJson: map => sql`to_json(${map})`,
  jsonElements: json =>
    sql`CASE WHEN json_type(${json}) = 'ARRAY' THEN json_extract(${json}, '$[*]') ELSE [${json}] END`,
  jsonIsContainer: isContainer,
  listHas: (list, text) =>
    sql`list_contains(list_transform(${list}, lambda e: ${duckDb.jsonScalar(raw('e'))}), ${text})`,
  jsonLength: json => sql`CASE WHEN json_type(${json}) = 'ARRAY' THEN json_array_length(${json}) END`,

  argMin: (value, key) => sql`arg_min(${value}, ${key})`,
  argMax: (value, key) => sql`arg_max(${value}, ${key})`,
  naturalKey: keys => (keys.length === 1 ? keys[0]! : sql`row(${joinSql(keys, ', ')})`),
  rowOrder: {
    // The largest first: keys of what ascends cost a third of those of what descends, and most orders are newest first.
    key: order => {
      const parts = order.map(({ key, descending }) => {
        return sql`${key}, ${raw(descending ? "'ASC NULLS FIRST'" : "'DESC NULLS LAST'")}`
      })
      return sql`create_sort_key(${joinSql(parts, ', ')})`
    },
    first: (value, key) => sql`arg_max_null(${value}, ${key})`,
    // DuckDB cannot take a value out of an unnamed struct that an aggregate gives.
    row: columns =>
      sql`struct_pack(${joinSql(
        columns.map(column => sql`${column} := ${column}`),
        ', ',
      )})`,
    once: ' MATERIALIZED',
    // Told one time, a scan leaves out all files; with none to look for it begins to read.
    times: (time, condition) =>
      sql`unnest(coalesce(list(${time}) FILTER (WHERE ${condition}), [TIMESTAMPTZ 'infinity']))`,
  },
  percentile: (number, fraction) => sql`quantile_cont(${number}, ${numeral(fraction)})`,
  distinctValues: text => sql`to_json(list(DISTINCT ${text} ORDER BY ${text}) FILTER (WHERE ${text} IS NOT NULL))`,
  mostFrequent: (text, count) => {
    const entries = sql`list_transform(map_entries(histogram(${text})), lambda e: {'n': -e.value, 'v': e.key})`
    return sql`to_json(list_transform(list_slice(list_sort(${entries}), 1, ${count}), lambda e: e.v))`
  },
  histogram: (number, buckets) =>
    histogram(sql`list(${number}) FILTER (WHERE ${number} IS NOT NULL)`, numeral(buckets)),
  percentileOver: (number, fraction) => sql`quantile_cont(${number}, ${numeral(fraction)}) OVER ()`,
  lastValue: (value, over) =>
    sql`last_value(${value} IGNORE NULLS) OVER (${over} ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)`,
  pointer: ({ account, group, stream, timestamp, arrival, random, index, rawId }) => {
    const id = sql`coalesce(${rawId}, concat_ws('.', epoch_ms(${arrival}), ${random}, ${index}))`
    const parts = sql`to_json([${account}, ${group}, ${stream}, CAST(epoch_us(${timestamp}) AS VARCHAR), ${id}])`
    return sql`base64(encode(CAST(${parts} AS VARCHAR)))`
  },

  documents: duckDbDocuments,
  patterns: duckDbPatterns,
  functions: duckDbFunctions,
}

function firstGroups(text: Sql, regex: string, groupCount: number): Sql {
  const names = Array.from({ length: groupCount }, (_, index) => raw(`'g${index + 1}'`))
  return sql`regexp_extract(${text}, ${pattern(regex)}, [${joinSql(names, ', ')}])`
}

/** DuckDB compiles a literal once, and takes nothing else where the groups are named. */
function pattern(regex: string): Sql {
  return quoted(regex.replaceAll('\0', '\\x00'))
}

/** A JSON pointer: a step that is a number finds a position in an array as well as a name of digits in an object. */
function pointer(steps: readonly (string | number)[]): Sql {
  return quoted(steps.map(step => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join(''))
}

function isContainer(json: Sql): Sql {
  return sql`left(CAST(${json} AS VARCHAR), 1) IN ('{', '[')`
}

/** Ranges of equal width from the least to the largest, the last one closed: `{"0-5":3,"5-10":1}`; one for equal values. */
function histogram(list: Sql, buckets: Sql): Sql {
  const width = sql`((list_max(l) - list_min(l)) / ${buckets})`
  const place = sql`CASE WHEN ${width} = 0 THEN 0 ELSE least(floor((v - list_min(l)) / ${width}), ${buckets} - 1) END`
  const count = sql`len(list_filter(l, lambda v: ${place} = i))`
  const edge = (index: Sql) => sql`rtrim(rtrim(printf('%.4f', list_min(l) + ${index} * ${width}), '0'), '.')`
  const entry = sql`'"' || ${edge(raw('i'))} || '-' || ${edge(raw('(i + 1)'))} || '":' || ${count}`
  const places = sql`range(0, CASE WHEN ${width} = 0 THEN 1 ELSE ${buckets} END)`
  const entries = sql`array_to_string(list_transform(${places}, lambda i: ${entry}), ',')`
  return sql`list_transform([${list}], lambda l: CAST('{' || ${entries} || '}' AS JSON))[1]`
}
