/** PyIceberg writes to a table of ours, and we to what it left, where python3 has it with its extras pyiceberg-core and sql-sqlite. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { glueCatalog } from '../../shared/iceberg/catalogs/glue.js'
import { expireSnapshots } from '../../shared/iceberg/expire-snapshots.js'
import { planFiles } from '../../shared/iceberg/plan-files.js'
import { currentSchema, currentSnapshot } from '../../shared/iceberg/table-metadata.js'
import { diskStore } from '../../shared/store/disk.js'
import { hasPythonModule, runPython } from '../helpers/python.js'
import { logTableOptions, newLogTable, stage, writeDataFile } from './log-table.js'
import { memoryGlue } from './memory-glue.js'

const day = Date.UTC(2026, 0, 10)

const present =
  hasPythonModule('pyiceberg_core', 'PyIceberg does not write between our commits') &&
  hasPythonModule('sqlalchemy', 'PyIceberg does not write between our commits')

/** Appends a row, adds a column, deletes another row by rewriting its file; prints where the metadata is then. */
const changeScript = `
import datetime, json, sys
import pyarrow as pa
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.types import StringType
catalog = SqlCatalog('test', uri='sqlite:///:memory:', warehouse='file://' + sys.argv[2])
catalog.create_namespace('db')
table = catalog.register_table('db.logs', sys.argv[1])
old = table.scan().to_arrow()
row = old.slice(0, 1).to_pylist()[0] | {
    'message': 'theirs', 'log_group': '/theirs/%25 ü', 'timestamp': datetime.datetime(2026, 1, 12, 1, tzinfo=datetime.timezone.utc)
}
table.append(pa.Table.from_pylist([row], schema=old.schema))
with table.update_schema() as update:
    update.add_column('added_by_them', StringType())
table.delete("message == 'a'")
print(json.dumps({'location': table.metadata_location, 'snapshots': [str(one.snapshot_id) for one in table.snapshots()]}))
`

const readScript = `
import json, sys
from pyiceberg.table import StaticTable
table = StaticTable.from_metadata(sys.argv[1])
rows = table.scan().to_arrow().to_pylist()
print(json.dumps({'messages': sorted(row['message'] for row in rows), 'columns': [field.name for field in table.schema().fields]}))
`

describe.runIf(present)('a table that PyIceberg changed between our commits', () => {
  const root = mkdtempSync(join(tmpdir(), 'tailrace-foreign-'))
  afterAll(() => rmSync(root, { recursive: true }))

  it('has all rows, in both readers, and what it added is carried on', async () => {
    const files = { store: diskStore(root), location: `file://${root}/table` }
    const glue = memoryGlue()
    const catalog = glueCatalog(glue, files, { database: 'db', table: 'logs', ...logTableOptions })
    const created = await catalog.create(newLogTable(files.location))
    const write = (message: string, table = created) =>
      writeDataFile({ files, table }, [{ timestamp: day, group: 'g', message, fields: { k: 'v' } }])
    const first = await stage(created.metadata, files, {
      operation: 'append',
      added: [await write('a'), await write('b')],
    })
    const ours = await catalog.commit(created, first.metadata)

    const theirs = runPython(changeScript, [ours.metadataLocation, root]) as { location: string; snapshots: string[] }
    const table = glue.tables.get('db.logs')!
    glue.tables.set('db.logs', {
      ...table,
      Parameters: { ...table.Parameters, metadata_location: theirs.location },
      VersionId: '9',
    })

    const loaded = (await catalog.load())!
    expect(loaded.metadata.snapshots?.map(one => String(one['snapshot-id']))).toEqual(theirs.snapshots)
    const added = currentSchema(loaded.metadata).fields.at(-1)
    expect(added).toMatchObject({ id: 100, name: 'added_by_them' })

    const { files: planned } = await planFiles(loaded.metadata, files, [
      { fieldId: 2, anyOf: [{ prefix: '/theirs/%' }] },
      { fieldId: 1, anyOf: [{ min: BigInt(day) * 1000n }] },
    ])
    expect(planned.map(file => file.partition)).toEqual([{ timestamp_day: day / 86_400_000 + 2, retention: 30 }])
    const merged = await stage(loaded.metadata, files, {
      operation: 'replace',
      added: [await write('theirs', loaded)],
      removed: planned,
    })
    const next = await catalog.commit(loaded, merged.metadata)
    const expiry = expireSnapshots(next.metadata, { now: new Date(), minSnapshots: 1, maxAgeMs: -1 })
    const last = await catalog.commit(next, expiry.metadata)
    expect(last.metadata.snapshots).toEqual([currentSnapshot(next.metadata)])
    expect(runPython(readScript, [last.metadataLocation])).toEqual({
      messages: ['b', 'theirs'],
      columns: currentSchema(loaded.metadata).fields.map(field => field.name),
    })
  })
})
