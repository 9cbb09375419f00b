/** What has run on which engine, as `docs/support.json` keeps it and `docs/support.md` shows it. */
import { readFileSync, writeFileSync } from 'node:fs'
import type { CaseResult } from './case-file.js'
import { knownDifferences, trinoNotes } from './differences.js'
import type { TablesCase } from './tables.js'

export interface SupportRecord {
  readonly suite: string
  /** Of the file of cases, without its extension. */
  readonly cases: string
  /** With its version, as it gave it itself. */
  readonly engine: string
  readonly passed: number
  readonly undetermined: number
  /** Ids of the cases that gave something else. */
  readonly differ: readonly string[]
}

export function recordOf(suite: string, cases: string, engine: string, results: readonly CaseResult[]): SupportRecord {
  const count = (outcome: CaseResult['outcome']) => results.filter(result => result.outcome === outcome).length
  const differ = results.filter(({ outcome }) => outcome === 'failed').map(({ id }) => id)
  return { suite, cases, engine, passed: count('passed'), undetermined: count('undetermined'), differ }
}

/** Puts a record in the place of the one of the same cases and engine, of whatever version. */
export function keepRecord(path: string, record: SupportRecord): void {
  const kept: readonly SupportRecord[] = JSON.parse(readFileSync(path, 'utf8'))
  const keyOf = ({ suite, cases, engine }: SupportRecord) => `${suite} ${cases} ${engine.split(' ')[0]}`
  const others = kept.filter(one => keyOf(one) !== keyOf(record))
  const sorted = [...others, record].sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1))
  // Short lists on one line, as the formatter has them.
  const text = JSON.stringify(sorted, null, 2).replace(/\[\s+("[^\]]{1,90}")\s+\]/g, (_, inner: string) => {
    return `[${inner.replace(/\s+/g, ' ')}]`
  })
  writeFileSync(path, `${text}\n`)
}

/** Markdown. */
export function supportPage(
  records: readonly SupportRecord[],
  tables: readonly Pick<TablesCase, 'id' | 'about'>[],
): string {
  const rows = records.map(({ suite, cases, engine, passed, undetermined, differ }) => {
    return `| ${suite} | ${cases} | ${engine} | ${passed} | ${differ.length} | ${undetermined} |`
  })
  const differing = [...new Set(records.flatMap(({ differ }) => differ))].sort()
  const reasons = differing.map(id => {
    const engines = records.filter(({ differ }) => differ.includes(id)).map(({ engine }) => engine)
    return `- \`${id}\` on ${engines.join(' and ')}: ${knownDifferences[id] ?? 'not explained yet'}.`
  })
  return `${[
    ...introduction,
    '',
    '| suite | cases | ran on | as expected | other rows | expect nothing |',
    '|---|---|---|---|---|---|',
    ...rows,
    '',
    '## What the tables have been through',
    '',
    ...tables.map(({ id, about }) => `- \`${id}\`: ${about}.`),
    '',
    '## Other rows',
    '',
    ...(reasons.length === 0 ? ['None.'] : reasons),
    '',
    '## Where Trino differs and no case shows it',
    '',
    ...trinoNotes.map(note => `- ${note}`),
  ].join('\n')}\n`
}

const introduction = [
  '# What runs where',
  '',
  'Generated from `docs/support.json`, which `npm run conformance -- SUITE FILE… [--engine NAME] --record docs/support.json`',
  'writes after it has run; do not edit. An engine that did not run is not in the table. Athena is asked in the SQL that Trino',
  'runs here; nothing of this page ran on Athena itself.',
  '',
  'The Insights cases go through ingest and land as Parquet. DuckDB reads the landing objects; Trino reads the Iceberg table',
  'that `commit` makes of them, over S3.',
  '',
  'The tables are those that ingest, commit, compact and erase leave in an S3, with columns promoted meanwhile and groups of any',
  'name. icebird, PyIceberg and Trino read them whole: every value of every row is the one that DuckDB finds in the data files.',
]
