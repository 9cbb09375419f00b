import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { joinEventId } from '../../shared/cloudwatch/event-id.js'
import type { DuckDb, JsonValue } from '../../shared/engine/duckdb.js'
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
  const files = new Map<string, string>()

  async function paths(): Promise<readonly string[]> {
    const found: string[] = []
    for await (const { key } of store.list(prefix)) {
      const path = files.get(key) ?? join(folder, `${files.size}.parquet`)
      if (!files.has(key)) await writeFile(path, (await store.get(key)).body)
      files.set(key, path)
      found.push(path)
    }
    return found
  }

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
      if (found.length === 0) return 0
      const list = found.map(path => `'${path}'`).join(', ')
      return Number((await duckdb.query(`SELECT count(*) FROM read_parquet([${list}])`)).rows[0]![0])
    },
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
