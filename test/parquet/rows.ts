import fc from 'fast-check'
import { type LogRow, maxTimestamp, minTimestamp } from '../../shared/parquet/schema.js'

export const plain: LogRow = {
  timestamp: 1_736_935_200_123,
  log_group: '/aws/lambda/orders',
  log_stream: '2025/01/15/[$LATEST]a1b2',
  message: 'hello',
  arrival: 1_736_935_200_999,
  id_random: -5n,
  id_index: 7,
  id_raw: null,
  account_id: '123456789012',
  region: 'eu-west-1',
  format: 'text',
  level: 'INFO',
  request_id: null,
  trace_id: null,
  fields: { keys: ['a', 'b', 'c'], values: ['1', null, 'x=y'] },
  extra: null,
  retention: 0,
}

/** The same 300 rows on every run, with everything in them that a column can hold. */
export function anyRows(): LogRow[] {
  return fc.sample(anyRow(), { seed: 7, numRuns: 300 })
}

export function anyRow(): fc.Arbitrary<LogRow> {
  const text = fc.string({ unit: 'binary', maxLength: 40 }).map(value => value.toWellFormed())
  const nullable = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null })
  const instant = fc.oneof(
    fc.integer({ min: minTimestamp, max: maxTimestamp }),
    fc.integer({ min: plain.timestamp, max: plain.timestamp + 10_000 }),
  )
  return fc.record({
    timestamp: instant,
    log_group: text,
    log_stream: text,
    message: text,
    arrival: nullable(fc.integer({ min: 0, max: maxTimestamp })),
    id_random: nullable(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
    id_index: nullable(fc.integer({ min: 0, max: 65_535 })),
    id_raw: nullable(text),
    account_id: text,
    region: text,
    format: text,
    level: nullable(text),
    request_id: nullable(text),
    trace_id: nullable(text),
    fields: nullable(
      fc
        .uniqueArray(text, { maxLength: 6 })
        .chain(keys =>
          fc.tuple(fc.constant(keys), fc.array(nullable(text), { minLength: keys.length, maxLength: keys.length })),
        )
        .map(([keys, values]) => ({ keys, values })),
    ),
    extra: nullable(text),
    retention: fc.integer({ min: 0, max: 36_500 }),
  })
}
