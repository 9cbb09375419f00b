import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { joinEventId } from '../../shared/cloudwatch/event-id.js'
import type { DuckDb, JsonValue } from '../../shared/engine/duckdb.js'
import { landingView } from '../../shared/engine/landing-view.js'
import type { ObjectStore } from '../../shared/store/object-store.js'
import { identityOf } from './delivery.js'

/** What a reader sees of the landing objects, through the view that deduplicates. */
export interface Reader {
  /** Every event, by the identity that `delivery.ts` gives it. */
  events(): Promise<readonly SeenEvent[]>
  /** The answer to a query over the view `logs`. */
  query(sql: string): Promise<readonly (readonly JsonValue[])[]>
  /** Rows of all objects together, duplicates and all. */
  storedRows(): Promise<number>
}

export interface SeenEvent {
  readonly identity: string
  readonly message: string
}

const eventsSql = `SELECT account_id, log_group, log_stream, epoch_ms(timestamp), message, id_raw,
  epoch_ms(arrival), id_random, id_index FROM logs`

/** @param folder of this reader, where the objects become files */
export function readerOf(duckdb: DuckDb, store: ObjectStore, prefix: string, folder: string): Reader {
  const paths = filesOf(store, prefix, folder)

  async function query(sql: string): Promise<readonly (readonly JsonValue[])[]> {
    await duckdb.defineLogs(await paths())
    return (await duckdb.query(sql)).rows
  }

  return {
    query,
    async events() {
      return (await query(eventsSql)).map(seenEvent)
    },
    async storedRows() {
      const found = await paths()
      return found.length === 0 ? 0 : Number((await duckdb.query(`SELECT count(*) ${from(found)}`)).rows[0]![0])
    },
  }
}

/**
 * The same view for who looks after every step: each object is read once, into a table that then stands in the view in
 * place of the files. One of these at a time.
 */
export function growingReader(
  duckdb: DuckDb,
  store: ObjectStore,
  prefix: string,
  folder: string,
): Pick<Reader, 'events'> {
  const paths = filesOf(store, prefix, folder)
  const known = new Set<string>()
  const view = landingView(['objects']).replaceAll("read_parquet(['objects'])", 'objects')
  return {
    async events() {
      const found = (await paths()).filter(path => !known.has(path))
      if (found.length > 0) {
        const rows = `SELECT *, file_index + ${known.size} AS file_index, file_row_number ${from(found)}`
        await duckdb.query(
          known.size === 0 ? `CREATE OR REPLACE TABLE objects AS ${rows}` : `INSERT INTO objects ${rows}`,
        )
      }
      for (const path of found) known.add(path)
      return known.size === 0 ? [] : (await duckdb.query(`WITH logs AS (${view}) ${eventsSql}`)).rows.map(seenEvent)
    },
  }
}

function from(paths: readonly string[]): string {
  return `FROM read_parquet([${paths.map(path => `'${path}'`).join(', ')}])`
}

/** The objects as files in the folder, in the order of their keys. */
function filesOf(store: ObjectStore, prefix: string, folder: string): () => Promise<readonly string[]> {
  const files = new Map<string, string>()
  return async () => {
    const found: string[] = []
    for await (const { key } of store.list(prefix)) {
      const path = files.get(key) ?? join(folder, `${files.size}.parquet`)
      if (!files.has(key)) await writeFile(path, (await store.get(key)).body)
      files.set(key, path)
      found.push(path)
    }
    return found
  }
}

function seenEvent(row: readonly JsonValue[]): SeenEvent {
  const [account, logGroup, logStream, message, idRaw] = [row[0], row[1], row[2], row[4], row[5]] as string[]
  const [timestamp, arrival, index] = [row[3], row[6], row[8]].map(Number) as [number, number, number]
  const random = row[7]
  const id =
    random === null ? (idRaw ?? '') : joinEventId({ arrival, random: BigInt(String(random)), index }, timestamp)
  return { identity: identityOf({ account, logGroup, logStream, timestamp } as never, id, message!), message: message! }
}
