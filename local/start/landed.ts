import { randomUUID } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { wholeFile } from '../../shared/engine/deleted-rows.js'
import { openDuckDb, type QueryResult } from '../../shared/engine/duckdb.js'
import { logColumns } from '../../shared/engine/log-columns.js'
import { dataRelation, emptyRelation, type LocalData, landingRelation } from '../../shared/engine/scan-sources.js'
import { s3Catalog } from '../../shared/iceberg/catalogs/s3.js'
import { type LakeFile, lakeReader } from '../../shared/lake/lake-reader.js'
import { quoteText } from '../../shared/sql/quote.js'
import { diskStore } from '../../shared/store/disk.js'
import { pathOfKey } from '../../shared/store/disk-path.js'

/** What stands in landing objects, by format and group. */
export interface LandedLine {
  readonly format: string
  readonly logGroup: string
  readonly objects: number
  readonly rows: number
  /** Of an object that holds several formats or groups, by their share of its rows. */
  readonly bytes: number
}

export interface LandedReport {
  readonly landed: readonly LandedLine[]
  readonly objects: number
  readonly rows: number
  readonly bytes: number
  /** Of the query over all landing objects, each event once. */
  readonly query: { readonly sql: string } & QueryResult
}

export interface LandedOptions {
  /** The folder of the main bucket, and the root of Tailrace's keys in it. */
  readonly folder: string
  readonly prefix: string
  /** Of the landing objects to sum up, below the prefix. */
  readonly keys: Iterable<string>
  readonly sql: string
}

/** @throws EngineFailed */
export async function readLanded({ folder, prefix, keys, sql }: LandedOptions): Promise<LandedReport> {
  const root = join(folder, prefix)
  const pathOf = (key: string) => join(root, pathOfKey(key))
  const sizes = new Map<string, number>()
  for (const key of keys) {
    const path = pathOf(key)
    sizes.set(path, (await stat(path)).size)
  }
  const duckdb = await openDuckDb({ memoryLimitMb: 1024, threads: Math.min(4, availableParallelism()) })
  try {
    await duckdb.query(`CREATE TEMP VIEW logs AS ${await logsOf(root)}`)
    const query = { sql, ...(await duckdb.query(sql)) }
    const counted = sizes.size === 0 ? [] : (await duckdb.query(countsSql([...sizes.keys()]))).rows
    const lines = linesOf(counted.map(toCount), sizes)
    const total = (member: 'rows' | 'bytes') => lines.reduce((sum, line) => sum + line[member], 0)
    return { landed: lines, objects: sizes.size, rows: total('rows'), bytes: total('bytes'), query }
  } finally {
    duckdb.close()
  }
}

/** All events of a lake in a folder, in the table or landed, each once. */
async function logsOf(root: string): Promise<string> {
  const store = diskStore(root)
  const table = { store, location: 's3://lake/table' }
  const catalog = s3Catalog(table, { newId: randomUUID, sleep: ms => sleep(ms) })
  const { files } = await lakeReader({ store, catalog, table }).plan({ from: null, to: null }, null)
  const pathOf = ({ key }: Pick<LakeFile, 'key'>) => join(root, pathOfKey(key))
  const landing = files.filter(({ kind }) => kind === 'landing').map(pathOf)
  const data = files
    .filter(({ kind }) => kind === 'table')
    .map(({ deletes, ...file }): LocalData => {
      if (deletes === undefined) return { path: pathOf(file) }
      return {
        path: pathOf(file),
        deletes: { uri: deletes.uri, paths: deletes.files.map(pathOf), stretches: wholeFile },
      }
    })
  const columns = Object.keys(logColumns)
  const relation =
    landing.length > 0
      ? // All together: a row of the table may give way to a landed one.
        landingRelation({ landing, stored: data, compared: [], intervals: [], lacksIds: true }, columns)
      : data.length > 0
        ? dataRelation(data)
        : emptyRelation()
  return `SELECT ${columns.join(', ')} FROM ${relation}`
}

function countsSql(paths: readonly string[]): string {
  const files = `read_parquet([${paths.map(quoteText).join(', ')}])`
  return `SELECT format, log_group, filename, count(*)::INTEGER FROM ${files} GROUP BY ALL ORDER BY ALL`
}

interface Count {
  readonly format: string
  readonly logGroup: string
  readonly path: string
  readonly rows: number
}

function toCount(row: QueryResult['rows'][number]): Count {
  const [format, logGroup, path, rows] = row
  return { format: String(format), logGroup: String(logGroup), path: String(path), rows: Number(rows) }
}

function linesOf(counts: readonly Count[], sizes: ReadonlyMap<string, number>): LandedLine[] {
  const rowsOf = new Map<string, number>()
  for (const { path, rows } of counts) rowsOf.set(path, (rowsOf.get(path) ?? 0) + rows)
  const lines = new Map<string, LandedLine>()
  for (const { format, logGroup, path, rows } of counts) {
    const name = JSON.stringify([format, logGroup])
    const line = lines.get(name) ?? { format, logGroup, objects: 0, rows: 0, bytes: 0 }
    const bytes = line.bytes + ((sizes.get(path) ?? 0) * rows) / (rowsOf.get(path) ?? rows)
    lines.set(name, { ...line, objects: line.objects + 1, rows: line.rows + rows, bytes })
  }
  return [...lines.values()].map(line => ({ ...line, bytes: Math.round(line.bytes) }))
}
