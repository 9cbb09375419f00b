import { mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { joinEventId } from '../../shared/cloudwatch/event-id.js'
import type { DuckDb, JsonValue } from '../../shared/engine/duckdb.js'
import type { ResultRow } from '../../shared/engine/render-row.js'
import { field } from '../../shared/plan/expr.js'
import type { Project } from '../../shared/plan/node.js'
import type { ObjectStore } from '../../shared/store/object-store.js'
import { planOf } from '../engine/lake-of-files.js'
import { engineOver, rowsOf } from '../lake/engine-reader.js'
import { identityOf } from './delivery.js'

/** What stands in the landing objects. */
export interface Reader {
  /** Every event that a query finds, by the identity that `delivery.ts` gives it. */
  events(): Promise<readonly SeenEvent[]>
  /** The answer to a query of the user's. */
  ask(query: string): Promise<readonly ResultRow[]>
  /** The answer to SQL over `logs`, the rows of all objects together, duplicates and all. */
  stored(sql: string): Promise<readonly (readonly JsonValue[])[]>
  /** How many these are. */
  storedRows(): Promise<number>
}

export interface SeenEvent {
  readonly identity: string
  readonly message: string
}

/** All events, which no query of the user's would give. */
const everything: Project = {
  kind: 'project',
  input: {
    kind: 'scan',
    groups: null,
    from: null,
    to: null,
    fields: ['@message', '@ptr'].map(name => ({ name, as: 'text' })),
  },
  columns: ['@message', '@ptr'].map(name => ({ name, value: field(name) })),
}

/**
 * @param prefix of the lake's keys in the store
 * @param folder of this reader, for what it has fetched
 */
export function readerOf(duckdb: DuckDb, store: ObjectStore, prefix: string, folder: string): Reader {
  const lake = below(store, prefix)
  const engine = engineOver(lake, { duckdb, location: 's3://lake/table', folder: join(folder, 'cache') })

  async function stored(sql: string): Promise<readonly (readonly JsonValue[])[]> {
    const paths: string[] = []
    const objects = await mkdtemp(join(folder, 'objects-'))
    for await (const { key } of lake.list('landing/')) {
      const path = join(objects, `${paths.length}.parquet`)
      await writeFile(path, (await lake.get(key)).body)
      paths.push(`'${path}'`)
    }
    if (paths.length === 0) return []
    return (await duckdb.query(`WITH logs AS (FROM read_parquet([${paths.join(', ')}])) ${sql}`)).rows
  }

  return {
    stored,
    storedRows: async () => Number((await stored('SELECT count(*) FROM logs'))[0]?.[0] ?? 0),
    events: async () => (await rowsOf(engine, everything)).map(seenEvent),
    ask: query => rowsOf(engine, planOf(query)),
  }
}

/** A lake that begins at a prefix of a store's keys. */
function below(store: ObjectStore, prefix: string): ObjectStore {
  return {
    get: (key, options) => store.get(prefix + key, options),
    head: (key, options) => store.head(prefix + key, options),
    put: (key, body, options) => store.put(prefix + key, body, options),
    delete: (keys, options) =>
      store.delete(
        keys.map(key => prefix + key),
        options,
      ),
    async *list(start, options) {
      for await (const entry of store.list(prefix + start, options))
        yield { ...entry, key: entry.key.slice(prefix.length) }
    },
  }
}

function seenEvent(row: ResultRow): SeenEvent {
  const [account, logGroup, logStream, micros, id] = JSON.parse(Buffer.from(row['@ptr']!, 'base64').toString('utf8'))
  const timestamp = Number(micros) / 1000
  const message = row['@message'] ?? ''
  const [arrival, random, index] = /^\d+\.-?\d+\.\d+$/.test(id) ? id.split('.') : []
  const whole =
    random === undefined ? id : joinEventId({ arrival: +arrival, random: BigInt(random), index: +index }, timestamp)
  return { identity: identityOf({ account, logGroup, logStream, timestamp }, whole, message), message }
}
