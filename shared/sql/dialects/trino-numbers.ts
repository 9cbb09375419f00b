import { type Sql, sql } from '../fragment.js'
import { bind } from './trino-bind.js'

/**
 * Four decimals at most, by the number's exact value, halves to the even one, as C prints it. Java's `format` and Trino's
 * decimals round the shortest digits that tell a double from others, where 0.00015 is a half; and `format` makes a text of
 * what is absent. From 10^34 on the digits are those of `format` nevertheless.
 */
export function numberText(number: Sql): Sql {
  return bind('q', number, q => {
    const past = sql`(abs(${q}) - floor(abs(${q})))`
    // What stands beyond 26 binary digits is rounded apart, so that nothing of a product is lost.
    const exact = bind('h', sql`floor(${past} * 67108864e0) / 67108864e0`, h =>
      bind('n', sql`floor(${h} * 10000e0)`, n => {
        const beyond = sql`(${h} * 10000e0 - ${n} - 0.5e0 + (${past} - ${h}) * 10000e0)`
        const isUp = sql`${beyond} > 0 OR (${beyond} = 0 AND mod(${n}, 2) = 1)`
        const decimals = sql`CAST(IF(${isUp}, ${n} + 1, ${n}) / 10000e0 AS DECIMAL(5, 4))`
        return sql`CAST(CAST(floor(abs(${q})) AS DECIMAL(20, 4)) + ${decimals} AS VARCHAR)`
      }),
    )
    const signed = sql`IF(${q} < 0, '-', '') || regexp_replace(${exact}, '[.]?0+$')`
    // Two whole numbers, which become decimals without loss, in place of one that does not.
    const upper = sql`CAST(CAST(floor(abs(${q}) / 18014398509481984e0) AS BIGINT) AS DECIMAL(38, 0))`
    const lower = sql`CAST(mod(abs(${q}), 18014398509481984e0) AS BIGINT)`
    const whole = sql`IF(${q} < 0, '-', '') || CAST(${upper} * DECIMAL '18014398509481984' + ${lower} AS VARCHAR)`
    const large = sql`CASE WHEN abs(${q}) < 1e34 THEN ${whole} ELSE format('%.0f', ${q}) END`
    return sql`CASE WHEN abs(${q}) < 9007199254740992e0 THEN regexp_replace(${signed}, '^-0$', '0') WHEN is_finite(${q}) THEN ${large} END`
  })
}
