import type { ObjectEntry, ObjectStore } from '../store/object-store.js'
import type { Consumed } from './consumed.js'
import { parseLandingKey } from './landing-key.js'
import { isSetAside, type SetAsideList } from './set-aside.js'

const landingFolder = 'landing/'

/** What lies below `landing/`, by what is to be done with it. */
export interface Landing {
  /** To be merged, oldest first. */
  readonly waiting: readonly ObjectEntry[]
  /** In the table already. */
  readonly consumed: readonly ObjectEntry[]
  /** Keys that are no landing object's: somebody else put them there. */
  readonly foreign: readonly ObjectEntry[]
  readonly setAside: readonly ObjectEntry[]
}

/** Readers and writers list landing before they load the table: what is consumed in between is then on the list. */
export async function listLanding(store: Pick<ObjectStore, 'list'>, signal?: AbortSignal): Promise<ObjectEntry[]> {
  const entries: ObjectEntry[] = []
  const options = signal === undefined ? {} : { signal }
  for await (const entry of store.list(landingFolder, options)) entries.push(entry)
  return entries
}

export function sortLanding(entries: readonly ObjectEntry[], consumed: Consumed, setAside: SetAsideList): Landing {
  const landing = {
    waiting: [] as ObjectEntry[],
    consumed: [] as ObjectEntry[],
    foreign: [] as ObjectEntry[],
    setAside: [] as ObjectEntry[],
  }
  for (const entry of entries) {
    if (isSetAside(setAside, entry)) landing.setAside.push(entry)
    else if (parseLandingKey(entry.key) === null) landing.foreign.push(entry)
    else if (consumed.has(entry.key)) landing.consumed.push(entry)
    else landing.waiting.push(entry)
  }
  landing.waiting.sort((a, b) => a.lastModified.getTime() - b.lastModified.getTime())
  return landing
}

/** Days of landing in a listing, for reading the list of consumed objects. */
export function landingDays(entries: readonly ObjectEntry[]): ReadonlySet<string> {
  return new Set(entries.flatMap(({ key }) => parseLandingKey(key)?.day ?? []))
}
