/**
 * Which landing objects the table already holds. The list is an object that a property of the table names, so that list
 * and snapshot become true in one step, and neither a commit of another engine nor the expiry of snapshots loses it.
 *
 * A batch is what one commit consumed, by day of landing, an object as the hash in its key. The latest batches stand in the
 * list itself; when they are many they move to a part of their own, which never changes. So a commit writes one object,
 * sometimes two, however long the list is, and a reader reads those parts only that hold days it has seen.
 */
import type { TableMetadata } from '../iceberg/table-metadata.js'
import type { ObjectStore } from '../store/object-store.js'
import { readJson, writeJson } from './json-object.js'
import { parseLandingKey } from './landing-key.js'

/** The table property that names the list. */
export const consumedProperty = 'tailrace.consumed'

export const consumedFolder = 'state/consumed/'

const version = 1

/** Longer than Kinesis keeps records, and than Lambda and the replay window deliver again. */
export const keptMs = 9 * 24 * 60 * 60 * 1_000

/** Hashes in the list itself, some 200 KB. */
const maxRecent = 8_000

interface Batch {
  /** When it was consumed, ms. */
  readonly at: number
  /** Day of landing → hashes, one blank between each two. */
  readonly days: Readonly<Record<string, string>>
}

interface Part {
  readonly key: string
  /** When the last of it was consumed, ms. */
  readonly at: number
  readonly days: readonly string[]
}

interface ConsumedList {
  readonly version: number
  readonly recent: readonly Batch[]
  readonly parts: readonly Part[]
}

const noList: ConsumedList = { version, recent: [], parts: [] }

export interface Consumed {
  /** Whether the table holds the landing object of this key; false for a key that is none. */
  has(landingKey: string): boolean
  /** When it was consumed, ms; null when it was not. */
  consumedAt(landingKey: string): number | null
  readonly list: ConsumedList
  /** Keys of the list and its parts. */
  readonly keys: readonly string[]
}

export interface ReadConsumedOptions {
  /** Days of landing that will be asked for; all without it. */
  readonly days?: ReadonlySet<string>
  readonly signal?: AbortSignal
}

/**
 * The list of a table, which is empty for a table without one.
 * @throws LakeStateUnreadable when an object that the table names is gone: to guess would be to count twice
 */
export async function readConsumed(
  metadata: TableMetadata | null,
  store: Pick<ObjectStore, 'get'>,
  { days, signal }: ReadConsumedOptions = {},
): Promise<Consumed> {
  const key = metadata?.properties?.[consumedProperty]
  if (key === undefined) return consumedOf(noList, [], [])
  const list = await readJson<ConsumedList>(store, key, version, signal)
  const wanted = list.parts.filter(part => days === undefined || part.days.some(day => days.has(day)))
  const parts = await Promise.all(
    wanted.map(part => readJson<{ version: number; batches: readonly Batch[] }>(store, part.key, version, signal)),
  )
  const keys = [key, ...list.parts.map(part => part.key)]
  return consumedOf(list, [...parts.flatMap(({ batches }) => batches), ...list.recent], keys)
}

function consumedOf(list: ConsumedList, batches: readonly Batch[], keys: readonly string[]): Consumed {
  const times = new Map<string, number>()
  for (const { at, days } of batches) {
    for (const [day, hashes] of Object.entries(days)) for (const hash of hashes.split(' ')) times.set(day + hash, at)
  }
  const consumedAt = (landingKey: string) => {
    const parts = entryOf(landingKey)
    return parts === null ? null : (times.get(parts.day + parts.hash) ?? null)
  }
  return { has: landingKey => consumedAt(landingKey) !== null, consumedAt, list, keys }
}

/**
 * Writes the list with these keys added and what nobody can deliver again left out.
 * @param at now, ms
 * @returns the list's key, for the property of the table; nothing refers to it before that is committed
 */
export async function writeConsumed(
  store: Pick<ObjectStore, 'put'>,
  { recent, parts }: ConsumedList,
  landingKeys: readonly string[],
  { at, newId, signal }: { readonly at: number; readonly newId: () => string; readonly signal?: AbortSignal },
): Promise<string> {
  const live = (entry: { readonly at: number }) => at - entry.at < keptMs
  const batches = [...recent, batchOf(landingKeys, at)].filter(live)
  const isLong = batches.reduce((sum, batch) => sum + sizeOf(batch), 0) > maxRecent
  const kept = parts.filter(live)
  if (isLong) kept.push(await seal(store, batches, `${consumedFolder}part-${newId()}.json.gz`, signal))
  const key = `${consumedFolder}${newId()}.json`
  await writeJson(store, key, { version, recent: isLong ? [] : batches, parts: kept }, signal)
  return key
}

async function seal(
  store: Pick<ObjectStore, 'put'>,
  batches: readonly Batch[],
  key: string,
  signal: AbortSignal | undefined,
): Promise<Part> {
  await writeJson(store, key, { version, batches }, signal)
  const days = new Set(batches.flatMap(batch => Object.keys(batch.days)))
  return { key, at: Math.max(...batches.map(batch => batch.at)), days: [...days].sort() }
}

function batchOf(landingKeys: readonly string[], at: number): Batch {
  const days: Record<string, string> = {}
  for (const key of landingKeys) {
    const entry = entryOf(key)
    if (entry === null) continue
    const before = days[entry.day]
    days[entry.day] = before === undefined ? entry.hash : `${before} ${entry.hash}`
  }
  return { at, days }
}

const hashLength = 24

function sizeOf({ days }: Batch): number {
  return Object.values(days).reduce((sum, hashes) => sum + (hashes.length + 1) / (hashLength + 1), 0)
}

function entryOf(landingKey: string): { readonly day: string; readonly hash: string } | null {
  const parts = parseLandingKey(landingKey)
  if (parts === null) return null
  return { day: parts.day, hash: landingKey.slice(-'.parquet'.length - hashLength, -'.parquet'.length) }
}
