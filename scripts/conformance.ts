import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { CaseFileError, type CaseResult, casesIn, objectIn, readJsonFile } from './conformance/case-file.js'
import { knownDifferences } from './conformance/differences.js'
import { duckDbEngine } from './conformance/duckdb-engine.js'
import { type FilterPatternCase, runFilterPatternCases } from './conformance/filter-pattern.js'
import { type InsightsCase, type InsightsDatasets, runInsightsCases } from './conformance/insights.js'
import type { InsightsEngine } from './conformance/insights-engine.js'
import { keepRecord, recordOf } from './conformance/support.js'
import { icebirdReader } from './conformance/table-readers/icebird.js'
import { pyIcebergReader } from './conformance/table-readers/pyiceberg.js'
import type { TableReader } from './conformance/table-readers/table-reader.js'
import { trinoReader } from './conformance/table-readers/trino.js'
import { openTableSite, type TableSite } from './conformance/table-site.js'
import { runTablesCases, type TablesCase } from './conformance/tables.js'
import { trinoEngine } from './conformance/trino-engine.js'
import { obtainTrino } from './trino/obtain.js'

/**
 * `npm run conformance -- SUITE FILE… [--engine NAME] [--doubtful] [--record FILE]`: runs files of cases, on one engine, and
 * prints what differs. Every case counts, also one that cannot be run, except one whose expectation is null, which is only
 * reported.
 * Exit status 1 if a case failed, 2 if a file holds no cases; with `--doubtful`, where the expectations are readings and not
 * facts, differences are only reported. `--record docs/support.json` keeps the result of each file.
 */
interface Suite {
  /** What stands before the files of cases, and where it is if a single file is named. */
  readonly data?: { readonly name: string; readonly file: string }
  readonly engines?: readonly string[]
  readonly run: (cases: readonly unknown[], engine: string | undefined, data: unknown) => Outcome | Promise<Outcome>
}

interface Outcome {
  /** What the cases ran on, with its version, where that is not our own code. */
  readonly engine?: string
  readonly results: readonly CaseResult[]
}

const insightsEngines: Readonly<Record<string, () => Promise<InsightsEngine>>> = {
  duckdb: duckDbEngine,
  trino: async () => trinoEngine(await obtainTrino(console.log)),
}

const tableReaders: Readonly<Record<string, (site: TableSite) => Promise<TableReader>>> = {
  icebird: icebirdReader,
  pyiceberg: pyIcebergReader,
  trino: async site => trinoReader(await obtainTrino(console.log), site),
}

const suites: Readonly<Record<string, Suite>> = {
  'filter-pattern': {
    run: cases => ({
      results: runFilterPatternCases(cases as readonly FilterPatternCase[]),
    }),
  },
  insights: {
    data: {
      name: 'DATASETS.json',
      file: fileURLToPath(new URL('../test/cases/insights/datasets.json', import.meta.url)),
    },
    engines: Object.keys(insightsEngines),
    async run(cases, name = 'duckdb', datasets) {
      const engine = await insightsEngines[name]!()
      try {
        const results = await runInsightsCases(datasets as InsightsDatasets, cases as readonly InsightsCase[], engine)
        return { engine: engine.name, results }
      } finally {
        await engine.close()
      }
    },
  },
  tables: {
    engines: Object.keys(tableReaders),
    async run(cases, name = 'icebird') {
      const site = await openTableSite()
      try {
        const reader = await tableReaders[name]!(site)
        try {
          return { engine: reader.name, results: await runTablesCases(cases as readonly TablesCase[], site, [reader]) }
        } finally {
          await reader.close()
        }
      } finally {
        await site.close()
      }
    },
  },
}

async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      doubtful: { type: 'boolean', default: false },
      engine: { type: 'string' },
      record: { type: 'string' },
    },
  })
  const isDoubtful = values.doubtful
  const [name = '', ...named] = positionals
  const suite = suites[name]
  if (suite === undefined || named.length === 0) {
    for (const [known, { data, engines = [] }] of Object.entries(suites)) {
      const wanted = data === undefined ? 'CASES.json…' : `[${data.name}] CASES.json…`
      const engine = engines.length === 0 ? '' : ` [--engine ${engines.join('|')}]`
      console.error(`usage: npm run conformance -- ${known} ${wanted}${engine} [--doubtful]`)
    }
    return 2
  }
  if (values.engine !== undefined && !suite.engines?.includes(values.engine)) {
    console.error(`--engine ${values.engine}: ${name} runs on ${suite.engines?.join(', ') ?? 'our own code only'}`)
    return 2
  }
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  const dataFile = suite.data === undefined ? null : named.length === 1 ? suite.data.file : named.shift()!
  const data = dataFile === null ? null : objectIn(readJsonFile(dataFile), dataFile)
  const files = named.map(file => ({ file, cases: casesIn(readJsonFile(file), file) }))
  const { engine, results } = await suite.run(
    files.flatMap(({ cases }) => cases),
    values.engine,
    data,
  )
  const ours = `tailrace ${version}, ${name}, node ${process.versions.node}`
  console.log(engine === undefined ? ours : `${engine}, ${ours}`)
  for (const { id, outcome, detail } of results)
    if (outcome !== 'passed')
      console.log(`${outcome === 'failed' && isDoubtful ? 'differs' : outcome} ${id}: ${detail}${whyOf(id)}`)
  if (values.record !== undefined) {
    let from = 0
    for (const { file, cases } of files) {
      const ofFile = results.slice(from, from + cases.length)
      keepRecord(values.record, recordOf(name, basename(file, '.json'), engine ?? `tailrace ${version}`, ofFile))
      from += cases.length
    }
  }
  const count = (outcome: CaseResult['outcome']) => results.filter(result => result.outcome === outcome).length
  // Among doubtful cases nothing fails: another answer differs, and has been listed.
  const failed = isDoubtful ? 0 : count('failed')
  console.log(`${count('passed')} passed, ${failed} failed`)
  return failed > 0 ? 1 : 0
}

function whyOf(id: string): string {
  const reason = knownDifferences[id]
  return reason === undefined ? '' : ` (known: ${reason})`
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  const { code = '', message } = error as NodeJS.ErrnoException
  if (!(error instanceof CaseFileError) && !code.startsWith('ERR_PARSE_ARGS')) throw error
  console.error(message)
  process.exitCode = 2
}
