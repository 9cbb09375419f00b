import { expect, it } from 'vitest'
import { emptyHints } from '../../cli/empty-hints.js'
import { parseQuery } from '../../shared/insights/index.js'

const hints = (query: string) => {
  const parsed = parseQuery(query)
  if ('diagnostics' in parsed) throw new Error(query)
  return emptyHints(parsed.ast)
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
