/** Tables that we write, read by PyIceberg, where python3 has it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { addColumns } from '../../shared/iceberg/table-changes.js'
import { diskStore } from '../../shared/store/disk.js'
import { hasPythonModule, runPython } from '../helpers/python.js'
import { createLogTable, type Event, type LogTable, oddGroups, writeDataFile } from './log-table.js'

const day = Date.UTC(2026, 0, 10)
const event = (message: string, at = 0, group = 'g'): Event => ({ timestamp: day + at, group, message })

/** For each filter the rows that it leaves and the number of files planned for it, and what the table says of itself. */
const readScript = `
import json, sys
from pyiceberg.table import StaticTable
table = StaticTable.from_metadata(sys.argv[1])
def read(where):
    scan = table.scan() if where is None else table.scan(row_filter=where)
    rows = scan.to_arrow().select(['message', 'log_group', 'retention']).to_pylist()
    return {
        'rows': sorted([row['message'], row['log_group'], row['retention']] for row in rows),
        'files': len(list(scan.plan_files())),
    }
entries = table.inspect.entries().to_pylist()
print(json.dumps({
    'scans': [read(where) for where in json.loads(sys.argv[2])],
    'columns': [field.name for field in table.schema().fields],
    'operations': [snapshot.summary.operation.value for snapshot in table.snapshots()],
    'history': [entry.snapshot_id for entry in table.history()],
    'records': table.current_snapshot().summary.additional_properties['total-records'],
    'entries': sorted([entry['status'], entry['sequence_number'], entry['snapshot_id']] for entry in entries),
}))
`

interface Answer {
  readonly scans: readonly { readonly rows: readonly (readonly [string, string, number])[]; readonly files: number }[]
  readonly columns: readonly string[]
  readonly operations: readonly string[]
  readonly history: readonly number[]
  readonly records: string
  readonly entries: readonly (readonly number[])[]
}

const present = hasPythonModule('pyiceberg', 'tables are not read with PyIceberg')

describe.runIf(present)('a table read by PyIceberg', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tailrace-iceberg-'))
  let tables = 0

  afterAll(() => rmSync(folder, { recursive: true }))

  async function newLog(properties = {}): Promise<LogTable> {
    const root = join(folder, String(++tables))
    return createLogTable(diskStore(root), `file://${root}/table`, properties)
  }

  const read = (of: LogTable, filters: readonly (string | null)[] = [null]): Answer =>
    runPython(readScript, [of.table.metadataLocation, JSON.stringify(filters)]) as Answer
  const messages = (of: LogTable): string[] => read(of).scans[0]!.rows.map(([message]) => message)

  it('has the rows after appends, a replacement, a deletion and merged manifests, with their sequence numbers', async () => {
    const log = await newLog({ 'commit.manifest.min-count-to-merge': '3' })
    const small = [await writeDataFile(log, [event('a')]), await writeDataFile(log, [event('b')])]
    await log.commit({ operation: 'append', added: small })
    const other = await writeDataFile(log, [event('c', 86_400_000)], 0)
    await log.commit({ operation: 'append', added: [other] })
    const merged = await writeDataFile(log, [event('a'), event('b')])
    await log.commit({ operation: 'replace', added: [merged], removed: small })
    const ids = log.table.metadata.snapshots!.map(snapshot => Number(snapshot['snapshot-id']))
    const rows = [
      ['a', 'g', 30],
      ['b', 'g', 30],
      ['c', 'g', 0],
    ]
    expect(read(log)).toMatchObject({
      scans: [{ rows, files: 2 }],
      operations: ['append', 'append', 'replace'],
      history: ids,
      records: '3',
      entries: [
        [0, 2, ids[1]],
        [1, 3, ids[2]],
        [2, 1, ids[2]],
        [2, 1, ids[2]],
      ],
    })
    await log.commit({ operation: 'delete', removed: [other] })
    expect(messages(log)).toEqual(['a', 'b'])
  })

  it('finds log groups of any name by their bounds', async () => {
    const log = await newLog()
    for (const group of oddGroups) {
      await log.commit({ operation: 'append', added: [await writeDataFile(log, [event('m', 0, group)])] })
    }
    const quotable = oddGroups.filter(name => !name.includes("'"))
    const { scans } = read(log, [null, ...quotable.map(group => `log_group == '${group}'`)])
    expect(scans[0]!.rows.map(([, group]) => group).toSorted()).toEqual(oddGroups.toSorted())
    expect(scans.slice(1)).toEqual(quotable.map(group => ({ rows: [['m', group, 30]], files: 1 })))
  })

  it('plans one file for one day and one class', async () => {
    const log = await newLog()
    for (let at = 0; at < 3; at++) {
      const added = [30, 0].map(retention => writeDataFile(log, [event(`${at}`, at * 86_400_000)], retention))
      await log.commit({ operation: 'append', added: await Promise.all(added) })
    }
    const where = `timestamp >= '2026-01-11T00:00:00+00:00' and timestamp < '2026-01-12T00:00:00+00:00' and retention == 0`
    expect(read(log, [where]).scans).toEqual([{ rows: [['1', 'g', 0]], files: 1 }])
  })

  it('has a column that was added', async () => {
    const log = await newLog()
    await log.commit({ operation: 'append', added: [await writeDataFile(log, [event('a')])] })
    const evolved = addColumns(log.table.metadata, [{ name: 'duration', type: 'double' }], new Date())
    log.table = await log.catalog.commit(log.table, evolved)
    await log.commit({ operation: 'append', added: [await writeDataFile(log, [event('b')])] })
    expect(read(log).columns.at(-1)).toBe('duration')
    expect(messages(log)).toEqual(['a', 'b'])
  })
})
