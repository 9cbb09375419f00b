/** What an erasure under way has taken out of the table so far: a property of the table, of its own, since others write theirs. */
import type { TableMetadata } from '../iceberg/table-metadata.js'
import type { ObjectStore } from '../store/object-store.js'
import { readErasures } from './erasures.js'

const prefix = 'tailrace.erasing.'

export interface Progress {
  readonly rows: number
  readonly files: number
}

export function progressOf(metadata: TableMetadata | undefined, id: string): Progress {
  const said = metadata?.properties?.[prefix + id]
  return said === undefined ? { rows: 0, files: 0 } : (JSON.parse(said) as Progress)
}

export function progressProperty(id: string, progress: Progress): Readonly<Record<string, string>> {
  return { [prefix + id]: JSON.stringify(progress) }
}

/**
 * The change that takes away what stands there of erasures that are not under way: they have ended, or their records were deleted.
 * Null when nothing does.
 * @throws StateDamaged
 */
export async function withoutEnded(
  store: Pick<ObjectStore, 'get' | 'list'>,
  { properties = {} }: TableMetadata,
  signal?: AbortSignal,
): Promise<Readonly<Record<string, null>> | null> {
  const names = Object.keys(properties).filter(name => name.startsWith(prefix))
  if (names.length === 0) return null
  // After the table: an erasure is recorded before it stands there.
  const records = await readErasures(store, signal)
  const underWay = new Set(records.filter(({ finishedAt }) => finishedAt === null).map(({ id }) => prefix + id))
  const ended = names.filter(name => !underWay.has(name))
  return ended.length === 0 ? null : Object.fromEntries(ended.map(name => [name, null]))
}
