import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { DuckDb } from '../../../shared/engine/duckdb.js'
import { planFiles } from '../../../shared/iceberg/plan-files.js'
import { keyOf } from '../../../shared/iceberg/table-files.js'
import type { MadeTable } from '../table-site.js'
import { type ColumnKind, columnsOf, mapText, type TextRow } from '../table-values.js'

const types: Readonly<Record<ColumnKind, string>> = {
  instant: 'TIMESTAMPTZ',
  integer: 'BIGINT',
  double: 'DOUBLE',
  boolean: 'BOOLEAN',
  text: 'VARCHAR',
  map: 'MAP(VARCHAR, VARCHAR)',
}

/** What the others have to give: the rows that DuckDB finds in the data files of the table's current snapshot. */
export async function duckDbRows(duckdb: DuckDb, table: MadeTable, folder: string): Promise<readonly TextRow[]> {
  const columns = columnsOf(table)
  const files = { store: table.store, location: table.metadata.location }
  const planned = (await planFiles(table.metadata, files, [])).files
  const paths = planned.map((_, index) => join(folder, `${index}.parquet`))
  for (const [index, { filePath }] of planned.entries()) {
    await writeFile(paths[index]!, (await table.store.get(keyOf(files, filePath))).body)
  }
  // A column that was added since a file was written is null in its rows.
  const none = columns.map(({ name, kind }) => `NULL::${types[kind]} AS "${name}"`).join(', ')
  const values = columns.map(({ name, kind }) =>
    kind === 'instant' ? `epoch_us("${name}")` : kind === 'map' ? `map_entries("${name}")` : `"${name}"`,
  )
  const { rows } = await duckdb.query(
    `SELECT ${values.join(', ')} FROM (SELECT ${none} WHERE false UNION ALL BY NAME
    FROM read_parquet([${paths.map(path => `'${path}'`).join(', ')}], union_by_name = true))`,
  )
  return rows.map(row =>
    row.map(value => {
      if (value === null) return null
      if (!Array.isArray(value)) return String(value)
      return mapText(value.map(entry => [entry.key, entry.value]))
    }),
  )
}
