import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { duckDbEngine } from '../../scripts/conformance/duckdb-engine.js'
import type { InsightsEngine } from '../../scripts/conformance/insights-engine.js'
import type { SupportRecord } from '../../scripts/conformance/support.js'
import { compilePattern } from '../../shared/filter-pattern/index.js'
import { type LowerOptions, lowerQuery, parseQuery, type Query } from '../../shared/insights/index.js'
import { printPlan } from '../../shared/plan/print.js'
import { ask, hostileRows, plain } from '../sql/hostile.js'
import { landRows, read } from '../sql/matching.js'

const contentOf = (path: string) => JSON.parse(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8'))

let engine: InsightsEngine
let folder: string
beforeAll(async () => {
  engine = await duckDbEngine()
  folder = await mkdtemp(join(tmpdir(), 'tailrace-language-'))
})
afterAll(async () => {
  await engine.close()
  await rm(folder, { recursive: true })
})

describe('the query language', () => {
  it('fault 47: what is not there or not supported is an error that names it, and no engine is asked', async () => {
    const asked = { run: () => Promise.reject(new Error('asked')) } as unknown as InsightsEngine
    const refused: readonly (readonly [string, string])[] = [
      ['filter status = 500 | frobnicate status', 'frobnicate'],
      ['filter frobnicate(status) = 1', 'frobnicate'],
      ['stats frobnicate(status) by bin(5m)', 'frobnicate'],
      ['stats count(*) by bin(5fortnights)', 'fortnights'],
      ['filter @message like /(?=a)a/', '(?='],
      ['filter @message ilike "a"', 'ilike'],
      ['fields @message | estimate', 'estimate'],
      ['SOURCE logGroupTags([{"key":"team","values":["a"]}]) | limit 1', 'logGroupTags'],
      ["SOURCE logGroups(class: ['INFREQUENT_ACCESS']) | limit 1", 'INFREQUENT_ACCESS'],
      ['filter (status = 1 | limit 5', '"|"'],
      ['fields @message | filter', 'the end of the query'],
      ['fields @message limit 5', 'limit'],
    ]
    for (const [query, name] of refused) {
      const problem = await ask(query, asked)
      expect([query, problem]).toEqual([query, expect.stringContaining(name)])
    }
  })

  it('fault 47: no command that changes an answer can get lost between a query and its plan', () => {
    const lookupTables = new Map([
      ['owners', { columns: ['server', 'owner', 'tier'], rows: [['web-1', 'ana', 'gold']] }],
    ])
    const options: LowerOptions = { from: 0, to: 1, now: 1, lookupTables }
    const planOf = (ast: Query, text: string) => {
      const lowered = lowerQuery(ast, text, options)
      return 'plan' in lowered ? printPlan(lowered.plan) : null
    }
    const files = ['cases', 'own', 'doubtful']
    const queries: readonly string[] = files.flatMap(name =>
      contentOf(`test/cases/insights/${name}.json`).map(({ query }: { query: string }) => query),
    )
    let tried = 0
    const lost: string[] = []
    for (const query of queries) {
      const parsed = parseQuery(query)
      const whole = 'ast' in parsed ? planOf(parsed.ast, query) : null
      if (!('ast' in parsed) || whole === null) continue
      for (const command of parsed.ast.commands) {
        tried++
        const commands = parsed.ast.commands.filter(other => other !== command)
        if (planOf({ ...parsed.ast, commands }, query) === whole) lost.push(`${command.kind} of ${query}`)
      }
    }
    expect(tried).toBeGreaterThan(1_000)
    // Which columns there are may follow from the rest, and `SOURCE logGroups()` is all of them.
    expect(lost.filter(text => !/^(fields|display) of |^source of SOURCE logGroups\(\) /.test(text))).toEqual([])
  })

  it('fault 48: quotes, comments and statements in any place are text, read no file and change nothing', async () => {
    const secret = join(folder, 'secret.csv')
    await writeFile(secret, 'taken\ntaken\n')
    const rows = hostileRows()
    await landRows(engine, 'injected', rows)
    const texts = [
      `' UNION ALL SELECT * FROM '${secret}' --`,
      `') OR 1 = 1 OR ('`,
      `"; ATTACH '${secret}' AS other; --`,
      `\\'; COPY (SELECT 1) TO '${secret}'; --`,
      `x' || (SELECT string_agg(taken) FROM read_csv('${secret}')) || 'x`,
      '$1 ? :name {x} %s',
    ]
    for (const text of texts) {
      const quoted = `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
      const name = `\`${text}\``
      const queries = [
        `filter @message = ${quoted} or v = ${quoted} | stats count(*) as n`,
        `filter @message like ${quoted} | fields @message, ${name}`,
        `filter @message not like ${quoted} | stats count(*) as ${name}`,
        `fields concat(${quoted}, v) as ${name} | sort ${name} | limit 3`,
        `parse @message ${quoted.replaceAll('*', '')} | limit 1`,
        `fields replace(v, ${quoted}, ${quoted}) as a | limit 1`,
        `filter v in [${quoted}] | dedup ${name}`,
        `SOURCE logGroups(namePrefix: [${quoted}]) | stats count(*) as n`,
        `json field=o ${quoted} as x | limit 1`,
      ]
      for (const query of queries) expect([query, JSON.stringify(await ask(query, engine))]).not.toContain('taken')
      expect(await ask(queries[0]!, engine)).toEqual([])
      expect(await ask(queries[2]!, engine)).toEqual([{ [text]: String(rows.length) }])
    }
    expect(readFileSync(secret, 'utf8')).toBe('taken\ntaken\n')
    for (const call of [`read_csv("${secret}")`, `getenv("HOME")`, 'current_setting("threads")']) {
      expect(await ask(`fields ${call} as x`, engine)).toEqual(expect.stringContaining(call.split('(')[0]!))
    }
  })

  it('fault 48: a regular expression that others try for ever ends, and one that grows without end is refused', async () => {
    const long = `${'a'.repeat(50_000)}!`
    await landRows(engine, 'long', [{ ...plain, message: long }])
    const began = process.cpuUsage()
    for (const regex of ['(a+)+$', '(a|a)+$', '(a|aa)+$', '^(\\w+\\s?)*$', '(.*a){12}$', '([a-z]+)*x']) {
      expect([regex, await ask(`filter @message like /${regex}/`, engine)]).toEqual([regex, []])
      expect([regex, await ask(`parse @message /(?<p>${regex})/ | filter ispresent(p)`, engine)]).toEqual([regex, []])
    }
    // Filter patterns know no groups.
    for (const regex of ['a*a*a*a*a*a*a*a*x', 'a?a?a?a?a?a?a?a?[b-z]', '^[a-z]*[a-z]*[a-z]*[a-z]*$']) {
      expect([regex, compilePattern(read(`%${regex}%`)!).matches(long)]).toEqual([regex, false])
    }
    const { user, system } = process.cpuUsage(began)
    expect((user + system) / 1e6).toBeLessThan(30)
    for (const regex of ['(a{1000}){1000}', '(?=a)a', '(a)\\1']) {
      expect([regex, typeof (await ask(`filter @message like /${regex}/`, engine))]).toEqual([regex, 'string'])
    }
  })

  // Trino runs a part of them, and our own cases, in test/trino/trino.test.ts, where it is present.
  it('fault 49: the recorded runs of all cases on DuckDB and on Trino, which is Athena’s engine, came out alike', () => {
    const records: readonly SupportRecord[] = contentOf('docs/support.json')
    const runsOn = (engineName: string) =>
      records
        .filter(({ suite, engine: name }) => suite === 'insights' && name.startsWith(engineName))
        .map(({ cases, passed, undetermined, differ }) => ({ cases, passed, undetermined, differ }))
    expect(runsOn('DuckDB').map(({ cases }) => cases)).toEqual(['cases', 'commands', 'doubtful', 'engines', 'own'])
    expect(runsOn('Trino')).toEqual(runsOn('DuckDB'))
  })
})
