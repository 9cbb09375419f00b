import { numeral, quoted, type Sql, sql } from '../fragment.js'
import { blanksAtEnd, gap, gapTypes, mark, type PatternDialect, similarity, tokenRegex } from '../pattern-dialect.js'
import { patternMasks } from '../pattern-masks.js'
import { trinoRegex } from './trino-regex.js'

const [isMark, isGap] = [quoted(mark), quoted(gap)]
const [idGap, tokenGap] = [quoted(gap + gapTypes.masked), quoted(gap + gapTypes.plain)]

export const trinoPatterns: PatternDialect = {
  mask: text =>
    patternMasks.reduce(
      (inner, { regex, type }) => {
        return sql`regexp_replace(${inner}, ${quoted(trinoRegex(regex))}, ${quoted(mark + type + mark)})`
      },
      sql`translate(${text}, ${quoted(mark + gap)}, '')`,
    ),
  tokens: masked => sql`regexp_extract_all(${masked}, ${quoted(trinoRegex(tokenRegex))})`,
  length: line => sql`cardinality(${line})`,
  gather: (value, order) => sql`array_agg(${value} ${order})`,
  scatter: masked => sql`lower(to_hex(md5(to_utf8(${masked}))))`,
  firstPlain: line => sql`element_at(filter(${line}, w -> strpos(w, ${isMark}) = 0), 1)`,
  templates: (lines, most) => {
    const plain = sql`cardinality(filter(e, w -> strpos(w, ${isMark}) = 0))`
    const share = sql`IF(cardinality(e) = cardinality(l), 1e0, CAST(${plain} AS DOUBLE) / (cardinality(l) - cardinality(e) + ${plain}))`
    const equal = sql`filter(zip_with(c, l, (w, o) -> IF(w = o, w)), w -> w IS NOT NULL)`
    const shares = sql`transform(t, c -> element_at(transform(ARRAY[${equal}], e -> ${share}), 1))`
    const merged = sql`zip_with(c, l, (w, o) -> ${mergedToken})`
    const taken = sql`zip_with(t, sequence(1, cardinality(t)), (c, j) -> IF(j = array_position(s, array_max(s)), ${merged}, c))`
    const next = sql`CASE WHEN array_max(s) >= ${numeral(similarity)} THEN ${taken} ELSE t || ARRAY[l] END`
    const step = sql`element_at(transform(ARRAY[${shares}], s -> ${next}), 1)`
    const none = sql`CAST(ARRAY[] AS ARRAY(ARRAY(VARCHAR)))`
    const all = sql`reduce(slice(${lines}, 1, ${numeral(most)}), ${none}, (t, l) -> ${step}, t -> t)`
    return sql`filter(${all}, c -> any_match(c, w -> starts_with(w, ${isGap})))`
  },
  texts: (lines, templates) => {
    const fit = sql`CASE WHEN w = o THEN 1 WHEN ${fitsGap} THEN 0 ELSE -1000000000 END`
    const score = sql`reduce(zip_with(c, l, (w, o) -> ${fit}), 0, (a, b) -> a + b, a -> a)`
    const found = sql`IF(array_max(s) >= 0, element_at(${templates}, array_position(s, array_max(s))), l)`
    const best = sql`element_at(transform(ARRAY[transform(${templates}, c -> ${score})], s -> ${found}), 1)`
    return sql`transform(${lines}, l -> ${numbered(sql`array_join(${best}, '')`)})`
  },
}

/** Of a template's token `w` and a line's `o`. */
const mergedToken = (() => {
  const blanks = sql`regexp_extract(w, ${quoted(blanksAtEnd)})`
  const isMasked = sql`(strpos(w, ${isMark}) > 0 OR starts_with(w, ${idGap})) AND strpos(o, ${isMark}) > 0`
  return sql`CASE WHEN w = o OR starts_with(w, ${tokenGap}) THEN w WHEN ${isMasked} THEN ${idGap} || ${isGap} || ${blanks} ELSE ${tokenGap} || ${isGap} || ${blanks} END`
})()

const fitsGap = sql`starts_with(w, ${tokenGap}) OR (starts_with(w, ${idGap}) AND strpos(o, ${isMark}) > 0)`

/** Marks and gaps as `<Type-n>`, by their place in the text. */
function numbered(text: Sql): Sql {
  const pieces = sql`split(replace(${text}, ${isGap}, ${isMark}), ${isMark})`
  const piece = sql`IF(i % 2 = 0, '<' || element_at(p, i) || '-' || CAST(i / 2 AS VARCHAR) || '>', element_at(p, i))`
  const joined = sql`array_join(transform(sequence(1, cardinality(p)), i -> ${piece}), '')`
  return sql`element_at(transform(ARRAY[${pieces}], p -> ${joined}), 1)`
}
