import { NotFound, PreconditionFailed } from '../shared/store/errors.js'
import type { ObjectStore } from '../shared/store/object-store.js'

/** A query that was saved in the lake, with the log groups it is meant for. */
export interface SavedQuery {
  readonly name: string
  readonly query: string
  readonly description: string | null
  /** Globs; none for all log groups. */
  readonly groups: readonly string[]
  /** ISO 8601. */
  readonly savedAt: string
}

const folder = 'queries/saved/'

/** Throws what a name may be. Slashes make folders. */
export function checkName(name: string): string {
  const isFit =
    /^[\p{L}\p{N}_][\p{L}\p{N}_ .-]*(?:\/[\p{L}\p{N}_][\p{L}\p{N}_ .-]*)*$/u.test(name) && name.length <= 200
  if (!isFit)
    throw new Error(
      `a name has letters, digits, "_", "-", "." and blanks, and "/" between folders; found ${JSON.stringify(name)}`,
    )
  return name
}

function keyOf(name: string): string {
  return `${folder}${name}.json`
}

/** Null where there is none. @throws ObjectStoreError; Error when the object is no saved query */
export async function readSaved(lake: ObjectStore, name: string): Promise<{ saved: SavedQuery; etag: string } | null> {
  try {
    const { body, etag } = await lake.get(keyOf(name))
    return { saved: decode(name, body), etag }
  } catch (error) {
    if (error instanceof NotFound) return null
    throw error
  }
}

function decode(name: string, body: Uint8Array): SavedQuery {
  const value = parseJson(new TextDecoder().decode(body)) as Partial<SavedQuery> | null
  if (typeof value?.query !== 'string') throw new Error(`${keyOf(name)} is no saved query`)
  const { query, description, groups, savedAt } = value
  const globs = Array.isArray(groups) ? groups.filter(group => typeof group === 'string') : []
  return { name, query, description: description ?? null, groups: globs, savedAt: savedAt ?? '' }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

export async function listSaved(lake: ObjectStore): Promise<readonly SavedQuery[]> {
  const found: SavedQuery[] = []
  for await (const { key } of lake.list(folder)) {
    if (!key.endsWith('.json')) continue
    const one = await readSaved(lake, key.slice(folder.length, -'.json'.length))
    if (one !== null) found.push(one.saved)
  }
  return found
}

/**
 * Writes the query, over the one that was read before (`etag`) or where there is none (null).
 * @returns false when somebody else has saved or deleted it meanwhile
 */
export async function writeSaved(
  lake: ObjectStore,
  { name, ...rest }: SavedQuery,
  etag: string | null,
): Promise<boolean> {
  const body = new TextEncoder().encode(`${JSON.stringify(rest, null, 2)}\n`)
  const condition = etag === null ? { ifNoneMatch: '*' as const } : { ifMatch: etag }
  try {
    await lake.put(keyOf(name), body, { ...condition, contentType: 'application/json' })
    return true
  } catch (error) {
    if (error instanceof PreconditionFailed || error instanceof NotFound) return false
    throw error
  }
}

export async function deleteSaved(lake: ObjectStore, name: string): Promise<void> {
  await lake.delete([keyOf(name)])
}
