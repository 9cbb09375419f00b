import { describe, expect, it } from 'vitest'
import { call, compare, field, literal } from '../../shared/plan/expr.js'
import type { Plan } from '../../shared/plan/node.js'
import { printPlan } from '../../shared/plan/print.js'

const scan: Plan = {
  kind: 'scan',
  groups: { names: ['a'], prefixes: ['/b/'], accounts: ['123456789012'] },
  from: 1,
  to: 2,
  fields: [
    { name: 'x', as: 'text' },
    { name: 'l', as: 'json' },
  ],
}
const values: Plan = { kind: 'values', columns: ['k', 'v'], rows: [['1', null]] }
const n = field('n')

/** Each step on top of the one before it. */
const steps: readonly ((input: Plan) => Plan)[] = [
  input => ({ kind: 'filter', input, condition: compare(n, '>', literal(1)) }),
  input => ({ kind: 'extend', input, columns: [{ name: 'm', value: call('abs', n) }] }),
  input => ({
    kind: 'parse',
    input,
    text: n,
    regex: '(a)(b)?',
    groups: [{ index: 2, name: 'b', isOptional: true }],
    everyMatch: true,
  }),
  input => ({ kind: 'unnest', input, list: { kind: 'field', name: 'l', as: 'json' }, name: 'e' }),
  input => ({
    kind: 'join',
    how: 'left',
    left: input,
    right: values,
    on: [{ left: n, right: field('k'), test: 'equal' }],
    prefix: 't.',
    mark: null,
  }),
  input => ({
    kind: 'aggregate',
    input,
    keys: [{ name: 'n', value: n }],
    aggregates: [{ name: 'c', function: 'count', args: [] }],
  }),
  input => ({ kind: 'fill-gaps', input, time: 't', period: [literal(5), literal('minute')], keys: ['n'], fills: [] }),
  input => ({ kind: 'window', input, columns: [{ name: 'w', function: 'lag', of: n, rows: 2 }] }),
  input => ({ kind: 'sort', input, keys: [{ value: n, descending: true }], reversesTies: true }),
  input => ({ kind: 'append', input, last: values }),
  input => ({ kind: 'dedup', input, keys: [n] }),
  input => ({ kind: 'limit', input, count: 5, any: true }),
  input => ({ kind: 'project', input, columns: [{ name: 'n', value: n }] }),
]

describe('a printed plan', () => {
  it('has a line for every step, inputs first', () => {
    const plan = steps.reduce<Plan>((input, step) => step(input), scan)
    expect(printPlan(plan).split('\n')).toEqual([
      '%1 = SCAN {a, /b/* of 123456789012} time >= 1 time <= 2 [x, l:json]',
      '%2 = FILTER %1 n > 1',
      '%3 = EXTEND %2 [m = abs(n)]',
      '%4 = PARSE %3 n /(a)(b)?/ [b = 2?] every match',
      '%5 = UNNEST %4 e in l:json',
      '%6 = VALUES 1 rows [k, v]',
      '%7 = JOIN %5 %6 left n = k as t.',
      '%8 = AGGREGATE %7 [c = count()] by [n]',
      '%9 = FILL-GAPS %8 t every 5, "minute" for each [n] []',
      '%10 = WINDOW %9 [w = lag(n)]',
      '%11 = SORT %10 n desc, ties reversed',
      '%12 = VALUES 1 rows [k, v]',
      '%13 = APPEND %11 %12',
      '%14 = DEDUP %13 n',
      '%15 = LIMIT %14 5 any',
      '%16 = PROJECT %15 [n]',
    ])
  })
})
