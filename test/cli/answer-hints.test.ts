import { expect, it } from 'vitest'
import { answerHints } from '../../cli/answer-hints.js'
import type { ResultRow } from '../../shared/engine/render-row.js'
import { parseQuery } from '../../shared/insights/index.js'

const hints = (query: string, columns: readonly string[] = [], rows: readonly ResultRow[] = []) => {
  const parsed = parseQuery(query)
  if ('diagnostics' in parsed) throw new Error(query)
  return answerHints(parsed.ast, columns, rows)
}
const wildcards = (text: string) => `"%" and "*" stand for themselves after like: like "${text}"`

it.each([
  ['filter @message like "%error%"', [wildcards('error')]],
  ['filter a = 1 and (b like "*x" or not c like "*x") | stats count(*)', [wildcards('x')]],
  ['filter a in (SOURCE "g" | filter b like "y%" | fields a)', [wildcards('y')]],
  ['filter level = ERROR', ['ERROR is a field here; a text stands in quotes: = "ERROR"']],
  ['filter @message like "50%off" and a = b.c and d = "e" and f < g', []],
  ['filter @message like "%"', []],
  ['filter @message like /%error%/', []],
  ['join left=a right=b where a.x = b.x (SOURCE "g")', []],
])('says of %j what may have been meant', (query, expected) => {
  expect(hints(query)).toEqual(expected)
})

it('tells columns that no row has, which a table does not show', () => {
  const rows = [{ '@message': 'a' }, { '@message': 'b', level: 'info' }]
  const columns = ['@message', 'level', 'statsu', 'avg(a\tb\x1b)', '@ptr']
  const told = 'no row has statsu, avg(a\tb\\x1b); tailrace fields lists what events have'
  expect(hints('fields a', columns, rows)).toEqual([told])
  expect(hints('filter a = "%" | fields a', columns.slice(0, 2), rows)).toEqual([])
})
