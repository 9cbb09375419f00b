import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { faults, faultTable, faultTests } from './fault-table.js'

const here = import.meta.dirname
const sources = readdirSync(here)
  .filter(name => name.endsWith('.test.ts'))
  .sort()
  .map(name => ({ name, source: readFileSync(join(here, name), 'utf8') }))
const tests = sources.flatMap(({ name, source }) => faultTests(name, source))

describe('the table of faults', () => {
  it('has a test for each fault, and no test of another', () => {
    const numbers = new Set(tests.flatMap(test => test.numbers))
    expect(Object.keys(faults).slice(0, 30).map(Number)).toEqual(Array.from({ length: 30 }, (_, index) => index + 1))
    expect(Object.keys(faults).map(Number)).toEqual([...numbers].sort((a, b) => a - b))
  })

  it('misses no test that names a fault', () => {
    const named = sources.reduce((sum, { source }) => sum + source.split(/^ +it\('faults? /m).length - 1, 0)
    expect(tests).toHaveLength(named)
  })

  it('is in docs/faults.md', async () => {
    await expect(faultTable(tests)).toMatchFileSnapshot('../../docs/faults.md')
  })
})
