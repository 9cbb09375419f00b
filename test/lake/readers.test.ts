/**
 * The tables that ingest, commit, compact and erase make, read by others that share no code with us: icebird, and PyIceberg
 * where python3 has it. Every value that they find is what DuckDB finds. Trino reads the same tables with
 * `npm run conformance -- tables test/cases/tables/cases.json --engine trino`.
 */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { icebirdReader } from '../../scripts/conformance/table-readers/icebird.js'
import { pyIcebergReader } from '../../scripts/conformance/table-readers/pyiceberg.js'
import type { TableReader } from '../../scripts/conformance/table-readers/table-reader.js'
import { openTableSite, type TableSite } from '../../scripts/conformance/table-site.js'
import { runTablesCases, type TablesCase } from '../../scripts/conformance/tables.js'
import { hasPythonModule } from '../helpers/python.js'

const cases: readonly TablesCase[] = JSON.parse(
  readFileSync(new URL('../cases/tables/cases.json', import.meta.url), 'utf8'),
)

describe('a table as the product leaves it', () => {
  let site: TableSite
  const readers: TableReader[] = []
  beforeAll(async () => {
    site = await openTableSite()
    readers.push(await icebirdReader(site))
    if (hasPythonModule('pyiceberg', 'tables are not read with PyIceberg')) readers.push(await pyIcebergReader(site))
  })
  afterAll(async () => {
    for (const reader of readers) await reader.close()
    await site.close()
  })

  it.each(cases)('$id: $about', async one => {
    expect(await runTablesCases([one], site, readers)).toEqual([{ id: one.id, outcome: 'passed', detail: '' }])
  })
})
