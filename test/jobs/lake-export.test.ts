import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type DuckDb, openDuckDb } from '../../shared/engine/duckdb.js'
import type { ResultRow } from '../../shared/engine/render-row.js'
import { writeParquet } from '../../shared/engine/write-parquet.js'
import { ExportMismatch } from '../../shared/jobs/errors.js'
import { folderTarget } from '../../shared/jobs/export-targets.js'
import { type ExportFormat, exportLake, type LakeExportRequest } from '../../shared/jobs/lake-export.js'
import type { Project } from '../../shared/plan/node.js'

let scratch: string
let duckdb: DuckDb
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'tailrace-lake-export-'))
  duckdb = await openDuckDb({ memoryLimitMb: 256, threads: 1 })
})
afterAll(async () => {
  duckdb.close()
  await rm(scratch, { recursive: true })
})

const event = (time: string, group: string, message: string): ResultRow => ({
  '@timestamp': `2026-01-15 ${time}`,
  '@log': `123456789012:${group}`,
  '@logStream': 'web/1',
  '@message': message,
})
const lake = [
  event('09:59:59.999', '/a', 'one\n"two"'),
  event('10:00:00.000', '/a', ''),
  event('10:30:00.000', '/b', 'x'),
]

/** Of the scan below the sort. */
function rangeOf({ input }: Project): { readonly from: number; readonly to: number } {
  if (input.kind !== 'sort' || input.input.kind !== 'scan') throw new Error(`not a sorted scan: ${input.kind}`)
  return { from: input.input.from!, to: input.input.to! }
}

/** An engine that answers with the events of a scan's range. */
function engineOf(rows: readonly ResultRow[], asked: string[] = []) {
  return {
    async run(plan: Project) {
      const { from, to } = rangeOf(plan)
      asked.push(`${new Date(from).toISOString().slice(11, 16)}-${new Date(to).toISOString().slice(11, 16)}`)
      const found = rows.filter(row => {
        const at = Date.parse(`${row['@timestamp']?.replace(' ', 'T')}Z`)
        return at >= from && at <= to
      })
      async function* batches() {
        yield found
      }
      return { columns: [], asOf: {} as never, batches: batches(), statistics: () => ({}) as never }
    },
  }
}

const request = (format: ExportFormat): LakeExportRequest => ({
  kind: 'events',
  groups: ['/a'],
  exclude: [],
  from: Date.UTC(2026, 0, 15, 9, 30),
  to: Date.UTC(2026, 0, 15, 11),
  everyMs: 3_600_000,
  format,
})

async function run(format: ExportFormat, folder: string, engine = engineOf(lake)) {
  return exportLake(request(format), null, {
    engine,
    target: folderTarget(folder),
    toParquet: (lines, columns, path) => writeParquet(duckdb, lines, columns, path),
    scratch,
  })
}

describe('an export of the lake', () => {
  it('writes a file for each stretch of time, with the events of its groups', async () => {
    const folder = join(scratch, 'ndjson')
    const { parts, isComplete } = await run('ndjson', folder)
    expect(parts.map(({ file, rows }) => [file, rows])).toEqual([
      ['2026-01-15T093000.ndjson', 1],
      ['2026-01-15T100000.ndjson', 1],
    ])
    expect(isComplete).toBe(true)
    expect((await readdir(folder)).sort()).toEqual([...parts.map(({ file }) => file), 'manifest.json'])
    expect(JSON.parse(await readFile(join(folder, parts[0]!.file), 'utf8'))).toEqual({
      timestamp: '2026-01-15T09:59:59.999Z',
      account: '123456789012',
      logGroup: '/a',
      logStream: 'web/1',
      message: 'one\n"two"',
    })
  })

  it('writes CSV that keeps line ends, quotes and empty texts, and Parquet with the same rows', async () => {
    const csv = await run('csv', join(scratch, 'csv'))
    const text = await readFile(join(scratch, 'csv', csv.parts[0]!.file), 'utf8')
    expect(text).toBe(
      'timestamp,account,logGroup,logStream,message\r\n2026-01-15T09:59:59.999Z,123456789012,/a,web/1,"one\n""two"""\r\n',
    )
    const parquet = await run('parquet', join(scratch, 'parquet'))
    const { rows } = await duckdb.query(
      `SELECT message, "logGroup" FROM '${join(scratch, 'parquet')}/*.parquet' ORDER BY timestamp`,
    )
    expect(parquet.parts).toHaveLength(2)
    expect(rows).toEqual([
      ['one\n"two"', '/a'],
      ['', '/a'],
    ])
  })

  it('goes on with the parts that are not done, and refuses a folder that holds another export', async () => {
    const folder = join(scratch, 'again')
    const broken = engineOf(lake)
    const dying = {
      run: (plan: Project) =>
        rangeOf(plan).from > Date.UTC(2026, 0, 15, 9, 30) ? Promise.reject(new Error('killed')) : broken.run(plan),
    }
    await expect(run('csv', folder, dying as never)).rejects.toThrow('killed')
    const asked: string[] = []
    expect(await run('csv', folder, engineOf(lake, asked))).toMatchObject({ isComplete: true })
    expect(asked).toEqual(['10:00-10:59'])
    await expect(run('ndjson', folder)).rejects.toBeInstanceOf(ExportMismatch)
    await writeFile(join(folder, 'manifest.json'), 'cut o')
    await expect(run('csv', folder)).rejects.toBeInstanceOf(ExportMismatch)
  })
})
