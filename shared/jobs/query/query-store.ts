/** The state and the answers of queries, as objects below `queries/runs/`; every change of a state is conditional. */
import type { Choice } from '../../engine/choose.js'
import type { EngineName } from '../../engine/choosing-engine.js'
import type { QueryStatistics } from '../../engine/query-engine.js'
import type { ResultRow } from '../../engine/render-row.js'
import type { AsOf } from '../../lake/lake-reader.js'
import { Conflict, NotFound, PreconditionFailed } from '../../store/errors.js'
import type { ObjectStore } from '../../store/object-store.js'

/** As StartQuery names them. */
export type QueryStatus = 'Scheduled' | 'Running' | 'Complete' | 'Failed' | 'Cancelled' | 'Timeout'

export interface QueryInput {
  readonly language: 'insights' | 'filter-pattern'
  readonly query: string
  /** Event times in ms, both inclusive; null for no bound. */
  readonly from: number | null
  readonly to: number | null
  /** Null for all groups. */
  readonly logGroups: readonly string[] | null
  /** Names or globs, of a search by a filter pattern; null for all streams. */
  readonly logStreams: readonly string[] | null
  readonly limit: number | null
  /** `auto` where it is left out. */
  readonly engine?: EngineName
}

export interface QueryState {
  readonly status: QueryStatus
  readonly input: QueryInput
  /** ms */
  readonly createdAt: number
  readonly startedAt: number | null
  readonly endedAt: number | null
  readonly columns: readonly string[]
  readonly rows: number
  readonly pages: number
  readonly statistics: QueryStatistics | null
  readonly asOf: AsOf | null
  /** Which engine answered and why, where there was a choice. */
  readonly choice?: Choice | null
  readonly problem: { readonly message: string; readonly hint?: string } | null
}

export interface StoredState {
  readonly state: QueryState
  readonly etag: string
}

export const runsFolder = 'queries/runs/'

/** Answers are kept for a week, as CloudWatch keeps them. */
const keptMs = 7 * 24 * 3_600_000
const maxPruned = 1_000

/** The key begins with the time, so that the oldest are listed first. */
export function newQueryId(now: number, random: string): string {
  return `${String(now).padStart(15, '0')}-${random}`
}

export function isQueryId(id: string): boolean {
  return /^\d{15}-[0-9a-f-]{36}$/.test(id)
}

export async function createState(store: ObjectStore, id: string, state: QueryState): Promise<void> {
  await store.put(stateKey(id), encode(state), { ifNoneMatch: '*', contentType: json })
}

/** Null where there is no such query. */
export async function readState(store: ObjectStore, id: string): Promise<StoredState | null> {
  try {
    const { body, etag } = await store.get(stateKey(id))
    return { state: decode(body) as QueryState, etag }
  } catch (error) {
    if (error instanceof NotFound) return null
    throw error
  }
}

/**
 * Changes a state as long as `change` gives a new one; what others changed meanwhile is looked at again.
 * @returns the state as it is afterwards; null where there is no such query
 */
export async function changeState(
  store: ObjectStore,
  id: string,
  change: (state: QueryState) => QueryState | null,
): Promise<QueryState | null> {
  for (;;) {
    const stored = await readState(store, id)
    if (stored === null) return null
    const next = change(stored.state)
    if (next === null) return stored.state
    try {
      await store.put(stateKey(id), encode(next), { ifMatch: stored.etag, contentType: json })
      return next
    } catch (error) {
      if (error instanceof NotFound) return null
      if (!(error instanceof PreconditionFailed || error instanceof Conflict)) throw error
    }
  }
}

export async function writePage(store: ObjectStore, id: string, page: number, rows: Uint8Array): Promise<void> {
  await store.put(pageKey(id, page), rows, { contentType: json })
}

export async function readPage(store: ObjectStore, id: string, page: number): Promise<readonly ResultRow[]> {
  const { body } = await store.get(pageKey(id, page))
  return decode(body) as readonly ResultRow[]
}

/** Deletes what is older than a week, some of it at a time. */
export async function pruneRuns(store: ObjectStore, now: number): Promise<void> {
  const old: string[] = []
  for await (const { key } of store.list(runsFolder)) {
    if (Number(key.slice(runsFolder.length, runsFolder.length + 15)) >= now - keptMs || old.length === maxPruned) break
    old.push(key)
  }
  if (old.length > 0) await store.delete(old)
}

const json = 'application/json'

function stateKey(id: string): string {
  return `${runsFolder}${id}/state.json`
}

function pageKey(id: string, page: number): string {
  return `${runsFolder}${id}/page-${String(page).padStart(6, '0')}.json`
}

function encode(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value))
}

function decode(body: Uint8Array): unknown {
  return JSON.parse(Buffer.from(body).toString())
}
