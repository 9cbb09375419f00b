import { numeral, raw, type Sql, sql } from '../fragment.js'

/** Values that an exact percentile keeps of each group: 8 KB. */
const kept = 1000

/**
 * By interpolation between the two nearest values, from the largest or smallest values, where few enough lie beyond them;
 * of others Trino's approximation, which holds whatever the number of values.
 */
export function percentile(number: Sql, fraction: number, over: Sql): Sql {
  const isHigh = fraction >= 0.5
  const extremes = sql`${raw(isHigh ? 'max' : 'min')}(${number}, ${numeral(kept)})${over}`
  const rest = numeral(isHigh ? 1 - fraction : fraction)
  const place = sql`(CAST(count(${number})${over} - 1 AS DOUBLE) * ${rest})`
  const at = (step: number) => sql`element_at(v, CAST(floor(p) AS INTEGER) + ${numeral(step)})`
  // The last value has no next one.
  const interpolated = sql`${at(1)} + coalesce(${at(2)} - ${at(1)}, 0e0) * (p - floor(p))`
  const exact = sql`element_at(zip_with(ARRAY[${extremes}], ARRAY[${place}], (v, p) -> ${interpolated}), 1)`
  return sql`CASE WHEN ${place} < ${numeral(kept - 1)} THEN ${exact} ELSE approx_percentile(${number}, ${numeral(fraction)})${over} END`
}

/** Ranges of equal width from the least to the largest, the last one closed: `{"0-5":3,"5-10":1}`; one for equal values. */
export function histogram(number: Sql, buckets: number, numberText: (number: Sql) => Sql): Sql {
  const count = numeral(buckets)
  const width = sql`((array_max(l) - array_min(l)) / ${count})`
  const place = sql`least(floor((v - array_min(l)) / ${width}), ${numeral(buckets - 1)})`
  const inPlace = sql`cardinality(filter(l, v -> IF(${width} = 0, 0, ${place}) = i))`
  const edge = (index: Sql) => numberText(sql`(array_min(l) + ${index} * ${width})`)
  const entry = sql`'"' || ${edge(raw('i'))} || '-' || ${edge(raw('(i + 1)'))} || '":' || CAST(${inPlace} AS VARCHAR)`
  const places = sql`sequence(0, IF(${width} = 0, 0, ${numeral(buckets - 1)}))`
  const entries = sql`array_join(transform(${places}, i -> ${entry}), ',')`
  const list = sql`array_agg(${number}) FILTER (WHERE ${number} IS NOT NULL)`
  return sql`element_at(transform(ARRAY[${list}], l -> json_extract('{' || ${entries} || '}', '$')), 1)`
}
