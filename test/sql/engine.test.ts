import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { duckDbEngine } from '../../scripts/conformance/duckdb-engine.js'
import type { InsightsEngine } from '../../scripts/conformance/insights-engine.js'
import { functions } from '../../shared/insights/functions.js'
import { parseQuery } from '../../shared/insights/parse.js'
import { ask, hostileRows, hostileTexts } from './hostile.js'
import { landRows } from './matching.js'

let engine: InsightsEngine
beforeAll(async () => {
  engine = await duckDbEngine()
  await landRows(engine, 'hostile', hostileRows())
})
afterAll(() => engine.close())

/** A text literal of the query language. */
function quote(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}

/** Arguments of every kind there is. */
const scalars = ['v', 'n', 'b', '@timestamp', 'nothing', '"x"', 'ispresent(v)', 'j', 'j.l']

function argument(name: string, index: number, kind: string): string {
  const fixed: Readonly<Record<string, readonly (string | undefined)[]>> = {
    bin: ['5m'],
    datefloor: [undefined, '1mo'],
    dateceil: [undefined, '1w'],
    rate: [undefined, '1m'],
    formatDate: [undefined, '"%Y-%m-%d %H:%M:%S"', '"Asia/Tokyo"'],
    parseDate: [undefined, '"yyyy-MM-dd\'T\'HH:mm:ss"', '"UTC"'],
    regexReplace: [undefined, '"(a)|b"'],
    pct: [undefined, '90'],
    topk: ['3'],
    histogram: [undefined, '4'],
  }
  // A literal that is no block of addresses is refused.
  if (name.endsWith('InSubnet') && index === 1 && kind === '"x"')
    return name.includes('v6') ? '"fe80::/10"' : '"10.0.0.0/8"'
  return fixed[name]?.[index] ?? kind
}

describe('on DuckDB', () => {
  it('every function runs with every kind of argument and on hostile values', async () => {
    const refused: unknown[] = []
    for (const { name, kind, arity } of functions) {
      const [least, most] = arity
      for (let count = least; count <= Math.min(most ?? least + 2, least + 2); count++) {
        // An array or object as a whole has no place in stats.
        const possible = kind === 'scalar' ? scalars : scalars.filter(one => one !== 'j')
        const kinds = count === 0 || name === 'topk' ? ['v'] : possible
        const calls = kinds.map((scalar, at) => {
          const args = Array.from({ length: count }, (_, index) => argument(name, index, scalar))
          return `${name}(${args.join(', ')}) as x${at}`
        })
        const list = calls.join(', ')
        const key = name === 'jsonParse' || name === 'split' ? 'v' : 'x0'
        const tail =
          kind === 'scalar' ? `fields ${list} | sort ${key}` : `stats ${list}${name === 'topk' ? '' : ' by b'}`
        const query = `fields jsonParse(@message) as j | ${tail}`
        const answer = await ask(query, engine).catch(error => `${error}`.slice(0, 200))
        if (typeof answer === 'string') refused.push([query, answer])
      }
    }
    expect(refused).toEqual([])
  })

  it('runs every regular expression that is let pass', async () => {
    const regexes = [
      '(?<1st>x)',
      '(?<a>x)|(?<b>y)',
      '\\Q(?<c>\\E',
      '[^\\W_]{1000}',
      '\\p{Greek}{300}',
      '\\p{L}{360}',
      '$*',
      '(?U)x+$',
      '',
    ]
    for (const regex of regexes) {
      const query = `filter v like /${regex}/ | parse v /${regex}(?<r>.)/ | fields regexReplace(v, "${regex}", "") as x`
      expect([regex, await ask(query, engine)]).toEqual([regex, expect.any(Array)])
    }
  })

  it('is asked no regular expression that it has no room for, and nearly all that it has room for', async () => {
    const gaps = Array.from({ length: 40 }, (_, index) => String.fromCodePoint(0x4e00 + 2 * index)).join('')
    // How often each can stand behind itself on the engine.
    const most = { '\\p{L}': 448, '\\P{Nd}': 2043, '[^é]': 26_884, '[é-東]': 41_117, [`[${gaps}]`]: 9445 }
    for (const [part, count] of Object.entries(most)) {
      const repeated = (times: number) =>
        [...Array(Math.floor(times / 1000)).fill(1000), (times % 1000) + 1].map(count => `${part}{${count}}`).join('')
      const asked = (times: number) => ask(`filter v like /${repeated(Math.floor(times))}/ | limit 1`, engine)
      expect([part, await asked(count * 0.75)]).toEqual([part, expect.any(Array)])
      expect([part, await asked(count)]).toEqual([part, expect.stringContaining('too large')])
    }
  })

  it('finds each hostile value by what it is, and nothing else', async () => {
    for (const text of hostileTexts) {
      const [row] = (await ask(`filter @message = ${quote(text)} | stats count(*) as n`, engine)) as { n: string }[]
      expect([text, row?.n ?? '0']).toEqual([text, String(hostileTexts.filter(other => other === text).length)])
      const json = await ask(`filter v = ${quote(text)} and ispresent(n) | fields v`, engine)
      expect([text, (json as { v: string }[]).map(found => found.v)]).toEqual([text, expect.arrayContaining([text])])
    }
  })

  it('calculates with what a long expression gives as with what a short one does', async () => {
    const chosen = (depth: number, test: (text: string) => string): string =>
      depth === 0 ? '"none"' : `if(${test(`concat(v, "${depth}")`)}, ${chosen(depth - 1, test)}, n / 7)`
    const tests = [
      (text: string) => `strcontains(${text}, "none")`,
      (text: string) => `isIpInSubnet(${text}, "192.0.2.0/24")`,
    ]
    for (const test of tests)
      for (const depth of [1, 60]) {
        const value = chosen(depth, test)
        const query = `filter n = 1.5 | fields ${value} as x | fields ${value} = coalesce(n / 7, "x") as same, x * 7 as y | stats count(*) by same, y`
        expect([depth, await ask(query, engine)]).toEqual([depth, [expect.objectContaining({ same: '1', y: '1.5' })]])
      }
  })

  it('adds conditions to a total as the 1 and 0 that they are shown as', async () => {
    const query = 'stats count(*) > 2 as y, count(*) as n | addtotals col=true | fields Total - n as z | display y, z'
    expect(await ask(query, engine)).toEqual([
      { y: '1', z: '1' },
      { y: '1', z: '1' },
    ])
  })

  it('calculates with times that stand among other values', async () => {
    const query = 'stats max(coalesce(nope, @timestamp)) - max(@timestamp) + 1 as z'
    expect(await ask(query, engine)).toEqual([{ z: '1' }])
  })

  it('takes any text in any place', async () => {
    for (const text of hostileTexts.filter(one => !one.includes('`') && one !== '')) {
      const q = quote(text)
      const name = `\`${text.replaceAll('`', '')}\``
      const queries = [
        `fields ${name}, concat(${q}, v) as other | filter @message like ${q} | sort ${name}`,
        `stats count(*) as ${name} by v | filter ${name} > 1`,
        `parse @message ${quote(`${text.replaceAll('*', '')}*`)} as ${name} | stats count(*) by ${name}`,
        `filter v in [${q}, 1] or v not in [${q}] | dedup ${name}`,
        `fields replace(v, ${q}, ${q}) as a, split(v, ${q}) as s, strcontains(v, ${q}, true) as c, trim(v, ${q}) as t`,
        `fields regexReplace(v, "(v)", ${q}) as a, isIpInSubnet(v, concat(${q})) as i, jsonArrayContains(l, ${q}) as c`,
        `SOURCE logGroups(namePrefix: [${q}], accountIdentifier: [${q}]) | limit 1`,
        `SOURCE ${q} | stats count(*)`,
        `lookup t v OUTPUT w | filter w = ${q}`,
        `fields jsonParse(@message) as j | filter j.${name} = ${q} | display j.${name}`,
        `json field=o ${q} as x`,
      ]
      for (const query of queries) {
        const answer = await ask(query, engine).catch(error => `${error}`.slice(0, 300))
        expect([query, typeof answer === 'string' ? answer : 'rows']).toEqual([query, 'rows'])
      }
    }
  })

  it('runs every query that is made of valid pieces', async () => {
    const value = fc.oneof(fc.constantFrom(...scalars), fc.constantFrom(...hostileTexts).map(quote))
    const operator = fc.constantFrom('=', '!=', '<', '<=', '>', '>=', '+', '-', '*', '/', '%', '^')
    const expr = fc.oneof(
      value,
      fc.tuple(value, operator, value).map(parts => `(${parts.join(' ')})`),
    )
    const condition = fc.oneof(
      expr,
      fc.tuple(expr, fc.constantFrom('and', 'or'), expr).map(parts => `not (${parts.join(' ')})`),
      fc.tuple(expr, expr).map(([a, b]) => `${a} not in [${b}, 1, "a"]`),
      expr.map(a => `${a} like /^[a-z]+$/`),
    )
    const command = fc.oneof(
      condition.map(a => `filter ${a}`),
      expr.map(a => `parse concat(${a}) "*-*" as p, q`),
      expr.map(a => `parse concat(${a}, "/") /(?<r>\\d)(?<s>x)?/ multi`),
      fc.constantFrom(
        'unnest j.l into u',
        'expand l',
        'lookup t v OUTPUT w',
        'lookup t v OUTPUTNEW w',
        'cidrlookup t v OUTPUT w',
      ),
      fc.constantFrom(
        'accum n',
        'autoregress v p=1-2',
        'filldown v n',
        'sessionize v maxspan 1m',
        'outlier n',
        'addtotals',
      ),
      fc.constantFrom(
        "join left=a right=b where a.v = b.v (SOURCE '/app' | limit 3)",
        'parse logfmt as lf',
        'parse csv as c1, c2',
      ),
      expr.map(a => `filter ${a} in (SOURCE '/app' | fields v)`),
      fc.constantFrom("appendcols (SOURCE '/app' | stats count(*) as n by v)", 'addtotals col=true'),
    )
    const end = fc.oneof(
      fc
        .tuple(expr, expr)
        .map(([a, b]) => `stats count(*) as k, max(${a}) as m, sortsLast(${b}) as z by v | sort m desc`),
      expr.map(a => `sort ${a} desc | limit 5`),
      fc.constantFrom('stats count(*) as k by bin(1s), v | fillmissing with 0 for k', 'pattern v | anomaly'),
      fc.constantFrom(
        'relevantfields where n > 1',
        'pattern v | diff',
        'logcompare timeshift 1d',
        'dedup v | limit 3',
        'display v, n',
        'countFrequent v, n',
        'limit any 2',
      ),
    )
    const query = fc.tuple(fc.array(command, { maxLength: 3 }), end).map(([commands, last]) => {
      return ['fields jsonParse(@message) as j, v, n', ...commands, last].join(' | ')
    })
    await fc.assert(
      fc.asyncProperty(query, async text => {
        if ('diagnostics' in parseQuery(text)) throw new Error(`not a query: ${text}`)
        await ask(text, engine)
      }),
      { numRuns: 80 },
    )
  })
})
