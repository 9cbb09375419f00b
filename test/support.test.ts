import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { knownDifferences } from '../scripts/conformance/differences.js'
import { type SupportRecord, supportPage } from '../scripts/conformance/support.js'

const read = (path: string) => JSON.parse(readFileSync(fileURLToPath(new URL(`../${path}`, import.meta.url)), 'utf8'))
const records: readonly SupportRecord[] = read('docs/support.json')

describe('what is said to run where', () => {
  it('was run with the cases that there are now', () => {
    expect(records.length).toBeGreaterThan(5)
    const counts = records.map(({ suite, cases, engine, passed, undetermined, differ }) => {
      return [suite, cases, engine.split(' ')[0], passed + undetermined + differ.length]
    })
    const present = records.map(({ suite, cases, engine }) => {
      return [suite, cases, engine.split(' ')[0], read(`test/cases/${suite}/${cases}.json`).length]
    })
    expect(counts).toEqual(present)
  })

  it('was run with all Insights cases on both engines', () => {
    const files = ['cases', 'commands', 'doubtful', 'engines', 'own']
    const ran = records.filter(({ suite }) => suite === 'insights')
    expect(ran.map(({ cases, engine }) => [cases, engine.split(' ')[0]])).toEqual(
      files.flatMap(file => ['DuckDB', 'Trino'].map(engine => [file, engine])),
    )
  })

  it('tells who has read the tables', () => {
    const readers = records.filter(({ suite }) => suite === 'tables').map(({ engine }) => engine.split(' ')[0])
    expect(readers).toEqual(['PyIceberg', 'Trino', 'icebird'])
  })

  it('has a reason for every case that gives other rows', () => {
    const differing = new Set(records.flatMap(({ differ }) => differ))
    expect([...differing].filter(id => !(id in knownDifferences))).toEqual([])
  })

  it('is in docs/support.md', async () => {
    await expect(supportPage(records, read('test/cases/tables/cases.json'))).toMatchFileSnapshot('../docs/support.md')
  })
})
