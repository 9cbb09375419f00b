import { gap, mark } from '../drain.js'
import { joinSql, quoted, raw, type Sql, sql } from '../fragment.js'
import { type PatternDialect, type RecordField, tokenRegex } from '../pattern-dialect.js'
import { patternMasks } from '../pattern-masks.js'
import { trinoRegex } from './trino-regex.js'

const [isMark, isGap] = [quoted(mark), quoted(gap)]

export const trinoPatterns: PatternDialect = {
  mask: text =>
    patternMasks.reduce(
      (inner, { regex, type }) => {
        return sql`regexp_replace(${inner}, ${quoted(trinoRegex(regex))}, ${quoted(mark + type + mark)})`
      },
      sql`translate(${text}, ${quoted(mark + gap)}, '')`,
    ),
  words: masked => sql`regexp_extract_all(${masked}, ${quoted(trinoRegex(tokenRegex))})`,
  numbered,
  gather: (value, order) => sql`array_agg(${value} ${order})`,
  scatter: masked => sql`lower(to_hex(md5(to_utf8(${masked}))))`,
  sign: word => sql`CAST(chr(5 + abs(from_big_endian_64(xxhash64(to_utf8(${word}))) % 123)) AS VARCHAR)`,
  distance: (text, other) => sql`hamming_distance(${text}, ${other})`,
  characters: text => sql`transform(sequence(1, length(${text})), i -> substr(${text}, i, 1))`,
  character: code => sql`CAST(chr(${code}) AS VARCHAR)`,
  codeAtEnd: text => sql`codepoint(CAST(substr(${text}, -1) AS VARCHAR(1)))`,
  holds: (text, part) => sql`(strpos(${text}, ${part}) > 0)`,
  record: fields => {
    const types = fields.map(({ name, type }) => `${name} ${typeNames[type]}`).join(', ')
    return sql`CAST(ROW(${joinSql(
      fields.map(({ value }) => value),
      ', ',
    )}) AS ROW(${raw(types)}))`
  },
  list: values => sql`ARRAY[${joinSql(values, ', ')}]`,
  map: (list, name, use) => sql`transform(${list}, ${raw(name)} -> ${use(raw(name))})`,
  filter: (list, name, use) => sql`filter(${list}, ${raw(name)} -> ${use(raw(name))})`,
  fold: (list, [folded, element], use) => {
    const step = use(raw(folded), raw(element))
    return sql`reduce(slice(${list}, 2, cardinality(${list})), element_at(${list}, 1), (${raw(folded)}, ${raw(element)}) -> ${step}, ${raw(folded)} -> ${raw(folded)})`
  },
  size: list => sql`cardinality(${list})`,
  // A sequence from 1 to 0 goes down.
  places: list => sql`IF(cardinality(${list}) = 0, ARRAY[], sequence(1, cardinality(${list})))`,
  at: (list, place) => sql`element_at(${list}, ${place})`,
  placeOf: (list, element) => sql`array_position(${list}, ${element})`,
  select: (list, places) => sql`transform(${places}, p -> element_at(${list}, p))`,
  head: (list, most) => sql`slice(${list}, 1, ${most})`,
  replaced: (list, place, value) =>
    sql`slice(${list}, 1, ${place} - 1) || ARRAY[${value}] || slice(${list}, ${place} + 1, cardinality(${list}))`,
  sorted: list => sql`array_sort(${list})`,
  largest: list => sql`array_max(${list})`,
  join: list => sql`array_join(${list}, '')`,
}

const typeNames: Readonly<Record<RecordField['type'], string>> = {
  text: 'VARCHAR',
  integer: 'BIGINT',
  double: 'DOUBLE',
  texts: 'ARRAY(VARCHAR)',
  integers: 'ARRAY(BIGINT)',
}

function numbered(text: Sql): Sql {
  const pieces = sql`split(replace(${text}, ${isGap}, ${isMark}), ${isMark})`
  const piece = sql`IF(i % 2 = 0, '<' || element_at(p, i) || '-' || CAST(i / 2 AS VARCHAR) || '>', element_at(p, i))`
  const joined = sql`array_join(transform(sequence(1, cardinality(p)), i -> ${piece}), '')`
  return sql`element_at(transform(ARRAY[${pieces}], p -> ${joined}), 1)`
}
