import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import type { Trino } from '../../trino/obtain.js'
import { startTrino } from '../../trino/start.js'
import type { TableSite } from '../table-site.js'
import { type Column, columnsOf, mapText, type TextRow } from '../table-values.js'
import type { TableReader } from './table-reader.js'

export async function trinoReader(trino: Trino, { s3, folder }: TableSite): Promise<TableReader> {
  const { bucket, ...place } = s3
  const storage = { ...place, catalog: `s3://${bucket}/catalog` }
  const server = await startTrino(trino, storage, await mkdtemp(join(folder, 'trino-')))
  await server.query('CREATE SCHEMA tailrace')
  return {
    name: `Trino ${server.version}`,
    async rows(table) {
      const columns = columnsOf(table)
      const { location } = table.metadata
      const metadataFile = table.metadataLocation.split('/').at(-1)
      await server.query(`CALL system.register_table('tailrace', 'logs', '${location}', '${metadataFile}')`)
      const { rows } = await server.query(`SELECT ${columns.map(sqlOf).join(', ')} FROM logs`)
      await server.query("CALL system.unregister_table('tailrace', 'logs')")
      return rows.map(row => row.map((value, index) => textOf(value, columns[index]!)))
    },
    close: () => server.stop(),
  }
}

function sqlOf({ name, kind }: Column): string {
  // Milliseconds are the least that it counts, and all that an event has.
  if (kind === 'instant') return `date_diff('millisecond', from_unixtime(0), "${name}") * 1000`
  if (kind === 'map') return `json_format(CAST("${name}" AS json))`
  return kind === 'integer' ? `CAST("${name}" AS varchar)` : `"${name}"`
}

function textOf(value: unknown, { kind }: Column): TextRow[number] {
  if (value === null) return null
  return kind === 'map' ? mapText(Object.entries(JSON.parse(String(value)))) : String(value)
}
