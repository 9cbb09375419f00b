import { numeral, quoted, raw, type Sql, sql } from '../fragment.js'
import { blanksAtEnd, gap, gapTypes, mark, type PatternDialect, similarity, tokenRegex } from '../pattern-dialect.js'
import { patternMasks } from '../pattern-masks.js'

const [isMark, isGap] = [quoted(mark), quoted(gap)]
const [idGap, tokenGap] = [quoted(gap + gapTypes.masked), quoted(gap + gapTypes.plain)]

export const duckDbPatterns: PatternDialect = {
  mask: text =>
    patternMasks.reduce(
      (inner, { regex, type }) => {
        return sql`regexp_replace(${inner}, ${quoted(regex)}, ${quoted(mark + type + mark)}, 'g')`
      },
      sql`translate(${text}, ${quoted(mark + gap)}, '')`,
    ),
  tokens: masked => sql`regexp_extract_all(${masked}, ${quoted(tokenRegex)})`,
  length: line => sql`len(${line})`,
  gather: (value, order) => sql`list(${value} ${order})`,
  scatter: masked => sql`md5(${masked})`,
  firstPlain: line => sql`list_filter(${line}, lambda w: NOT contains(w, ${isMark}))[1]`,
  templates: (lines, most) => {
    const plain = sql`len(list_filter(e, lambda w: NOT contains(w, ${isMark})))`
    const share = sql`list_transform([${plain}], lambda n: CASE WHEN len(e) = len(l) THEN 1 ELSE n / (len(l) - len(e) + n) END)[1]`
    const equal = sql`list_filter(c, lambda w, i: w = l[i])`
    const shares = sql`list_transform(t, lambda c: list_transform([${equal}], lambda e: ${share})[1])`
    const merged = sql`list_transform(c, lambda w, i: ${mergedToken(raw('w'), raw('l[i]'))})`
    const taken = sql`list_transform(t, lambda c, j: CASE WHEN j = list_position(s, list_max(s)) THEN ${merged} ELSE c END)`
    const next = sql`CASE WHEN list_max(s) >= ${numeral(similarity)} THEN ${taken} ELSE list_append(t, l) END`
    const step = sql`list_transform([x[1]], lambda l: list_transform([${shares}], lambda s: ${next})[1])[1]`
    const all = sql`list_reduce(list_transform(${lines}[:${numeral(most)}], lambda l: [l]), lambda t, x: ${step})`
    return sql`list_filter(${all}, lambda c: len(list_filter(c, lambda w: starts_with(w, ${isGap}))) > 0)`
  },
  texts: (lines, templates) => {
    const fit = sql`CASE WHEN w = l[i] THEN 1 WHEN ${fitsGap(raw('w'), raw('l[i]'))} THEN 0 ELSE -1e9 END`
    const scores = sql`list_transform(${templates}, lambda c: coalesce(list_sum(list_transform(c, lambda w, i: ${fit})), 0))`
    const found = sql`CASE WHEN list_max(s) >= 0 THEN ${templates}[list_position(s, list_max(s))] ELSE l END`
    const best = sql`list_transform([${scores}], lambda s: ${found})[1]`
    return sql`list_transform(${lines}, lambda l: ${numbered(sql`array_to_string(${best}, '')`)})`
  },
}

function mergedToken(token: Sql, other: Sql): Sql {
  const blanks = sql`regexp_extract(${token}, ${quoted(blanksAtEnd)})`
  const isMasked = sql`(contains(${token}, ${isMark}) OR starts_with(${token}, ${idGap})) AND contains(${other}, ${isMark})`
  return sql`CASE WHEN ${token} = ${other} OR starts_with(${token}, ${tokenGap}) THEN ${token} WHEN ${isMasked} THEN ${idGap} || ${isGap} || ${blanks} ELSE ${tokenGap} || ${isGap} || ${blanks} END`
}

function fitsGap(token: Sql, other: Sql): Sql {
  return sql`starts_with(${token}, ${tokenGap}) OR (starts_with(${token}, ${idGap}) AND contains(${other}, ${isMark}))`
}

/** Marks and gaps as `<Type-n>`, by their place in the text. */
function numbered(text: Sql): Sql {
  const pieces = sql`str_split(replace(${text}, ${isGap}, ${isMark}), ${isMark})`
  const piece = sql`CASE WHEN i % 2 = 0 THEN '<' || p || '-' || (i // 2) || '>' ELSE p END`
  return sql`array_to_string(list_transform(${pieces}, lambda p, i: ${piece}), '')`
}
