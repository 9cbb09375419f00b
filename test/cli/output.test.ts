import { describe, expect, it } from 'vitest'
import { groupingKeys } from '../../cli/output/grouping-keys.js'
import { printRows } from '../../cli/output/print-rows.js'
import { obeys, showsReverse, widthOf } from '../../cli/terminal.js'
import { parseQuery } from '../../shared/insights/index.js'

const piped = { width: null }
const terminal = { width: 60 }
const at = (minute: string) => `2026-01-15 12:${minute}:00.000`

describe('a terminal', () => {
  it('is as wide as it says, or as COLUMNS does', () => {
    expect(widthOf({ isTTY: true, columns: 132 }, {})).toBe(132)
    expect(widthOf({ isTTY: true, columns: 132 }, { COLUMNS: '40' })).toBe(40)
    expect(widthOf({ isTTY: true, columns: 132 }, { COLUMNS: 'wide' })).toBe(132)
    // One whose size nobody has set.
    expect(widthOf({ isTTY: true, columns: 0 }, {})).toBe(80)
    expect(widthOf({}, { COLUMNS: '40' })).toBeNull()
  })

  it('gets no escape sequences where it does not obey them, or where nobody wants them', () => {
    const output = { isTTY: true }
    expect([obeys(output, { TERM: 'xterm' }), obeys(output, {}), obeys(output, { TERM: 'dumb' })]).toEqual([
      true,
      true,
      false,
    ])
    expect(obeys({}, { TERM: 'xterm' })).toBe(false)
    expect([showsReverse(output, {}), showsReverse(output, { NO_COLOR: '' })]).toEqual([true, true])
    expect([showsReverse(output, { NO_COLOR: '1' }), showsReverse(output, { TERM: 'dumb' })]).toEqual([false, false])
  })
})

describe('an answer', () => {
  it('keeps every character in a pipe, and to the width of a terminal', () => {
    const rows = [
      { path: 'x'.repeat(80), n: '7' },
      { path: 'a\nb\x1b[31m', n: '10' },
    ]
    const lines = printRows(['path', 'n'], rows, {}, piped).split('\n')
    expect(lines[1]).toBe(`${'x'.repeat(80)}   7`)
    expect(lines[2]).toBe(`${'a\\x0ab\\x1b[31m'.padEnd(80)}  10`)
    const narrow = printRows(['path', 'n'], rows, { chart: false }, terminal).trimEnd().split('\n')
    expect(narrow[1]).toBe(`${'x'.repeat(55)}…   7`)
    expect(Math.max(...narrow.map(line => line.length))).toBe(60)
  })

  it('has numbers on the right, and what only looks like them on the left', () => {
    const rows = [
      { ip: '10.0.0.1', n: '7' },
      { ip: '192.0.2.17', n: '-1.5' },
      { ip: '日本', n: '-' },
    ]
    expect(printRows(['ip', 'n'], rows, {}, piped)).toBe(
      'ip             n\n10.0.0.1       7\n192.0.2.17  -1.5\n日本           -\n',
    )
  })

  it('has no tabs on a terminal, where they would move what follows', () => {
    const rows = [{ a: 'START\tid', n: '1' }]
    expect(printRows(['a', 'n'], rows, {}, terminal)).toContain('START id  1')
    expect(printRows(['a', 'n'], rows, {}, piped)).toContain('START\tid  1')
  })

  it('shares a narrow terminal among its columns', () => {
    const rows = [{ a: 'short', b: 'b'.repeat(50), c: 'c'.repeat(50) }]
    const [, line = ''] = printRows(['a', 'b', 'c'], rows, {}, terminal).split('\n')
    expect(line).toBe(`short  ${'b'.repeat(24)}…  ${'c'.repeat(24)}…`)
  })

  it('clips names last, which are there to be copied', () => {
    const [group, stream] = ['/aws/lambda/orders-of-the-shop', 's'.repeat(60)]
    const rows = [{ group, account: '123456789012', first: at('00'), stream }]
    const options = { names: ['group', 'stream'] }
    const [, line = ''] = printRows(['group', 'account', 'first'], rows, options, terminal).split('\n')
    expect(line).toBe(`${group}  123456789012  2026-01-15 12…`)
    const [, both = ''] = printRows(['stream', 'first'], rows, options, terminal).split('\n')
    expect(both).toBe(`${'s'.repeat(46)}…  2026-01-15…`)
    expect(printRows(['stream', 'first'], rows, options, piped)).toContain(`${stream}  ${at('00')}`)
  })

  it('has columns in the order of the query and leaves out those without a value', () => {
    expect(printRows(['b', 'none', 'a'], [{ a: '1', b: 'x' }], {}, piped)).toBe('b  a\nx  1\n')
    expect(printRows(['b', 'none'], [{}, {}], {}, piped)).toBe('b  none\n\n\n')
    expect(printRows(['b', 'none', 'a'], [{ a: '1', b: 'x' }], { csv: true }, piped)).toBe('b,none,a\r\nx,,1\r\n')
  })

  it('quotes CSV as RFC 4180 says', () => {
    const rows = [{ m: 'say "no",\r\nplease' }, {}]
    expect(printRows(['m'], rows, { csv: true }, piped)).toBe('m\r\n"say ""no"",\r\nplease"\r\n""\r\n')
    expect(printRows([], [], { csv: true }, piped)).toBe('')
  })

  it('draws bars by a category that is a number', () => {
    const rows = [
      { status: '200', n: '4' },
      { status: '404', n: '1' },
    ]
    const [, first, second] = printRows(['status', 'n'], rows, { chart: true }, piped).split('\n')
    expect(first).toBe(`   200  4  ${'█'.repeat(30)}`)
    expect(second).toBe('   404  1  ███████▌')
    const pairs = [...rows, { status: '404', n: '2' }]
    expect(printRows(['status', 'n'], pairs, { chart: true }, piped)).not.toContain('█')
  })

  it('draws bars by category on a terminal only', () => {
    const rows = [
      { level: 'error', n: '4' },
      { level: 'info', n: '1' },
      { level: 'none', n: '0' },
    ]
    expect(printRows(['level', 'n'], rows, {}, piped)).not.toContain('█')
    expect(printRows(['level', 'n'], rows, {}, terminal)).toBe(
      `level  n\nerror  4  ${'█'.repeat(20)}\ninfo   1  ${'█'.repeat(5)}\nnone   0\n`,
    )
    expect(printRows(['level', 'n'], rows, { chart: false }, terminal)).not.toContain('█')
  })

  it('draws bars over time for one number', () => {
    const rows = [
      { t: at('00'), n: '2' },
      { t: at('05'), n: '1' },
    ]
    expect(printRows(['t', 'n'], rows, { chart: true }, piped)).toContain(`${at('05')}  1  ${'█'.repeat(15)}\n`)
  })

  it('draws a line for each series over time, with a gap where there is no bin', () => {
    const rows = [
      { t: at('00'), level: 'error', n: '8' },
      { t: at('05'), level: 'error', n: '4' },
      { t: at('15'), level: 'error', n: '1' },
      { t: at('00'), level: 'info', n: '3' },
    ]
    const [, chart = ''] = printRows(['t', 'level', 'n'], rows, { chart: true }, piped).split('\n\n')
    expect(chart).toBe('error  █▅ ▂  1 to 8\ninfo   █     3 to 3\n       2026-01-15 12:00 to 2026-01-15 12:15 UTC\n')
  })

  it('draws a line for each category that is a number', () => {
    const rows = [
      { t: at('00'), status: '200', n: '8' },
      { t: at('00'), status: '404', n: '1' },
      { t: at('05'), status: '200', n: '4' },
    ]
    const [, chart = ''] = printRows(['t', 'status', 'n'], rows, { chart: true, keys: ['t', 'status'] }, piped).split(
      '\n\n',
    )
    expect(chart).toBe('200  █▅  4 to 8\n404  █   1 to 1\n     2026-01-15 12:00 to 2026-01-15 12:05 UTC\n')
  })

  it('knows by what a query groups', () => {
    const keys = (query: string) => {
      const parsed = parseQuery(query)
      return 'ast' in parsed ? groupingKeys(parsed.ast) : null
    }
    expect(keys('stats count(*) by a | stats sum(b) by bin(5m), `a b`, x.y as z | sort z')).toEqual([
      'bin(5m)',
      'a b',
      'z',
    ])
    expect(keys('fields a | stats count(*)')).toEqual([])
    expect(keys('fields a')).toEqual([])
  })

  it('draws nothing of events, of single rows and of more than can be told apart', () => {
    const drawn = (columns: string[], rows: Record<string, string>[]) =>
      /[█▁-▇]/.test(printRows(columns, rows, { chart: true }, piped))
    expect(
      drawn(
        ['@timestamp', 'ms'],
        [
          { '@timestamp': at('00'), ms: '1' },
          { '@timestamp': at('01'), ms: '2' },
        ],
      ),
    ).toBe(false)
    expect(drawn(['level', 'n'], [{ level: 'a', n: '1' }])).toBe(false)
    const many = Array.from({ length: 60 }, (_, index) => ({
      t: at(String(index % 2).padStart(2, '0')),
      id: `i${index}`,
      n: '1',
    }))
    expect(drawn(['t', 'id', 'n'], many)).toBe(false)
  })
})
