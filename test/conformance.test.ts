import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'tailrace-conformance-'))
afterAll(() => rmSync(folder, { recursive: true }))

function conformance(...args: readonly string[]) {
  const run = spawnSync(process.execPath, ['--import', 'tsx', 'scripts/conformance.ts', ...args], {
    encoding: 'utf8',
    env: { ...process.env, INIT_CWD: folder },
  })
  return { status: run.status, lines: run.stdout.trimEnd().split('\n'), errors: run.stderr }
}

function write(name: string, content: unknown): string {
  writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content))
  return name
}

describe('npm run conformance', () => {
  const file = join(folder, 'cases.json')
  writeFileSync(
    file,
    JSON.stringify([
      { id: 'right', pattern: 'a', message: 'a', match: true },
      { id: 'wrong', pattern: 'a', message: 'b', match: true },
      { id: 'should-fail', pattern: 'a', message: 'a', match: false, error: true },
      { id: 'open', pattern: 'a', message: 'a', expect: null },
      { id: 'values', pattern: '[a]', message: 'x', match: true, extracted: { $a: 'y' } },
    ]),
  )

  it('counts every case but those that expect nothing, and fails if one fails', () => {
    const { status, lines } = conformance('filter-pattern', file)
    expect(status).toBe(1)
    expect(lines[0]).toMatch(/^tailrace \d+\.\d+\.\d+, filter-pattern, node \d/)
    expect(lines.slice(1).map(line => line.split(':')[0])).toEqual([
      'failed wrong',
      'failed should-fail',
      'undetermined open',
      'failed values',
      '1 passed, 3 failed',
    ])
  })

  it('fails nothing with --doubtful', () => {
    const { status, lines } = conformance('filter-pattern', file, '--doubtful')
    expect(lines.filter(line => line.startsWith('differs')).length).toBe(3)
    expect([status, lines.at(-1)]).toEqual([0, '1 passed, 0 failed'])
  })

  it('counts cases that cannot be run, and runs the others', () => {
    const cases = [
      null,
      { id: 'no-message', pattern: '{ $.a = 1 }', match: false },
      { id: 'nothing-expected', pattern: 'a', message: 'a' },
      { id: 'refused', pattern: '%', message: 'a', error: true, comment: 'without a member "match"' },
      { pattern: 'a', message: 'a', match: true },
    ]
    // A path is relative to where npm was called.
    const { lines } = conformance('filter-pattern', write('odd.json', { about: 'cases in an object', cases }))
    expect(lines.slice(1).map(line => line.split(':')[0])).toEqual([
      'failed #1',
      'failed no-message',
      'failed nothing-expected',
      '2 passed, 3 failed',
    ])
  })

  it('runs several files, and keeps a record of each', () => {
    const record = join(folder, write('record.json', []))
    const other = write('other.json', [{ pattern: 'a', message: 'a', match: true }])
    const { lines } = conformance('filter-pattern', file, other, '--record', record)
    expect(lines.at(-1)).toBe('2 passed, 3 failed')
    const common = { suite: 'filter-pattern', engine: expect.stringMatching(/^tailrace /) }
    expect(JSON.parse(readFileSync(record, 'utf8'))).toEqual([
      { ...common, cases: 'cases', passed: 1, undetermined: 1, differ: ['wrong', 'should-fail', 'values'] },
      { ...common, cases: 'other', passed: 1, undetermined: 0, differ: [] },
    ])
  })

  it('measures what a case expects of a metric filter', () => {
    const metric = { metricValue: '$.ms', dimensions: { Path: '$.path' }, expectedDimensions: { Path: '/a' } }
    const one = { pattern: '{ $.ms > 1 }', message: '{"ms":2.5,"path":"/a"}', match: true }
    const missed = { pattern: 'b', message: 'a', match: false, metric: { metricValue: '1', defaultValue: 0 } }
    const cases = [
      { ...one, metric: { ...metric, expectedValue: 2.5 } },
      { ...one, metric: { ...metric, expectedValue: 2 } },
      { ...one, metric: { ...metric, expectedDimensions: { Path: '/b' } } },
      { ...missed, metric: { ...missed.metric, expectedValue: 0 } },
    ]
    const { lines } = conformance('filter-pattern', write('metric.json', cases))
    expect(lines.slice(1).map(line => line.split(':')[0])).toEqual(['failed #2', 'failed #3', '2 passed, 2 failed'])
  })

  it('counts Insights cases whose dataset is not there or cannot land, and runs the others', () => {
    const events = [{ timestamp: 1_736_935_200_000, logGroup: '/g', logStream: 's', message: 'hi' }]
    const datasets = write('datasets.json', { good: events, broken: [{ timestamp: 'never' }], none: [] })
    const one = { dataset: 'good', query: 'display @message', expect: [{ '@message': 'hi' }] }
    const cases = [
      { ...one, id: 'first' },
      { ...one, id: 'no-dataset', dataset: 'nowhere' },
      { ...one, id: 'broken-dataset', dataset: 'broken' },
      { ...one, id: 'broken-table', lookupTables: { t: 5 } },
      { ...one, id: 'no-query', query: undefined },
      { ...one, id: 'nothing-expected', expect: undefined },
      { ...one, id: 'no-events', dataset: 'none', expect: [] },
      { id: 'refused', query: 'display', error: true },
      { ...one, id: 'last' },
    ]
    const { status, lines } = conformance('insights', datasets, write('insights.json', cases))
    expect(status).toBe(1)
    expect(lines.slice(1).map(line => line.split(':')[0])).toEqual([
      'failed no-dataset',
      'failed broken-dataset',
      'failed broken-table',
      'failed no-query',
      'failed nothing-expected',
      '4 passed, 5 failed',
    ])
  })

  it.each([
    ['an empty file', ''],
    ['half a file', '[{"id":'],
    ['an object without cases', '{}'],
    ['no object', 'null'],
  ])('says so of %s', (_, content) => {
    const { status, errors } = conformance('filter-pattern', write('none.json', content))
    expect(status).toBe(2)
    expect(errors).toMatch(/^none\.json: .+\n$/)
  })

  it('knows its suites', () => {
    expect(conformance('nonsense', file).status).toBe(2)
  })
})
