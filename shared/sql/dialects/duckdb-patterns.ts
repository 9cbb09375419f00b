import { gap, mark } from '../drain.js'
import { joinSql, quoted, raw, type Sql, sql } from '../fragment.js'
import { type PatternDialect, tokenRegex } from '../pattern-dialect.js'
import { patternMasks } from '../pattern-masks.js'

const [isMark, isGap] = [quoted(mark), quoted(gap)]

export const duckDbPatterns: PatternDialect = {
  mask: text =>
    patternMasks.reduce(
      (inner, { regex, type }) => {
        return sql`regexp_replace(${inner}, ${quoted(regex)}, ${quoted(mark + type + mark)}, 'g')`
      },
      sql`translate(${text}, ${quoted(mark + gap)}, '')`,
    ),
  words: masked => sql`regexp_extract_all(${masked}, ${quoted(tokenRegex)})`,
  numbered,
  gather: (value, order) => sql`list(${value} ${order})`,
  scatter: masked => sql`md5(${masked})`,
  sign: word => sql`chr(CAST(5 + hash(${word}) % 123 AS INTEGER))`,
  distance: (text, other) => sql`hamming(${text}, ${other})`,
  characters: text => sql`str_split(${text}, '')`,
  character: code => sql`chr(CAST(${code} AS INTEGER))`,
  codeAtEnd: text => sql`unicode(right(${text}, 1))`,
  holds: (text, part) => sql`contains(${text}, ${part})`,
  record: fields =>
    sql`{${joinSql(
      fields.map(({ name, value }) => sql`${raw(name)}: ${value}`),
      ', ',
    )}}`,
  list: values => sql`[${joinSql(values, ', ')}]`,
  map: (list, name, use) => sql`list_transform(${list}, lambda ${raw(name)}: ${use(raw(name))})`,
  filter: (list, name, use) => sql`list_filter(${list}, lambda ${raw(name)}: ${use(raw(name))})`,
  // Without a first value: with one, columns that the lambda names are those of other rows (DuckDB 1.5.5).
  fold: (list, [folded, element], use) =>
    sql`list_reduce(${list}, lambda ${raw(folded)}, ${raw(element)}: ${use(raw(folded), raw(element))})`,
  size: list => sql`len(${list})`,
  places: list => sql`range(1, len(${list}) + 1)`,
  at: (list, place) => sql`${list}[${place}]`,
  placeOf: (list, element) => sql`list_position(${list}, ${element})`,
  select: (list, places) => sql`list_select(${list}, ${places})`,
  head: (list, most) => sql`${list}[:${most}]`,
  replaced: (list, place, value) => sql`list_concat(${list}[:${place} - 1], [${value}], ${list}[${place} + 1:])`,
  sorted: list => sql`list_sort(${list})`,
  largest: list => sql`list_max(${list})`,
  join: list => sql`array_to_string(${list}, '')`,
}

function numbered(text: Sql): Sql {
  const pieces = sql`str_split(replace(${text}, ${isGap}, ${isMark}), ${isMark})`
  const piece = sql`CASE WHEN i % 2 = 0 THEN '<' || p || '-' || (i // 2) || '>' ELSE p END`
  return sql`array_to_string(list_transform(${pieces}, lambda p, i: ${piece}), '')`
}
