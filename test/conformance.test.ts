import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'tailrace-conformance-'))
afterAll(() => rmSync(folder, { recursive: true }))

function conformance(...args: readonly string[]) {
  const run = spawnSync(process.execPath, ['--import', 'tsx', 'scripts/conformance.ts', ...args], { encoding: 'utf8' })
  return { status: run.status, lines: run.stdout.trimEnd().split('\n') }
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

  it('knows its suites', () => {
    expect(conformance('nonsense', file).status).toBe(2)
  })
})
