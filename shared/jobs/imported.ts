/**
 * Which stretches of which log groups were imported, or are about to be: `state/imported/<hash>.json`, one for each group.
 * A replay of such a stretch meets events that the lake has without their ids, and has to look.
 */
import { createHash } from 'node:crypto'
import * as z from 'zod'
import { Conflict, NotFound, PreconditionFailed } from '../store/errors.js'
import { UnreadableState } from './errors.js'
import type { ExportedRange } from './import-lines.js'
import { readState, type StateStore, writeState } from './job-state.js'

interface Place {
  readonly account: string
  readonly logGroup: string
}

/** Event times, ms, both inclusive. */
type Stretch = readonly [from: number, to: number]

const stored = z.looseObject({ version: z.literal(1), stretches: z.array(z.tuple([z.number(), z.number()])) })

/** All that a Date can be. */
const always: Stretch = [-8.64e15, 8.64e15]
const maxTries = 10

/**
 * Cheap where it is known. To be called before the lake is looked at: a replay that comes later sees it then.
 * @param range null when it is not known
 */
export async function recordImport(store: StateStore, place: Place, range: ExportedRange | null): Promise<void> {
  const added: Stretch = range === null ? always : [range.from, range.to]
  for (let attempt = 1; ; attempt++) {
    const { stretches, etag } = await read(store, place)
    if (stretches.some(([from, to]) => from <= added[0] && to >= added[1])) return
    const { account, logGroup } = place
    const value = { version: 1, account, logGroup, stretches: merged([...stretches, added]) }
    try {
      await writeState(store, keyOf(place), value, etag)
      return
    } catch (error) {
      const isRace = error instanceof PreconditionFailed || error instanceof Conflict || error instanceof NotFound
      if (!isRace || attempt === maxTries) throw error
    }
  }
}

/** @param range event times, ms, both inclusive */
export async function wasImported(store: StateStore, place: Place, range: ExportedRange): Promise<boolean> {
  const { stretches } = await read(store, place)
  return stretches.some(([from, to]) => from <= range.to && to >= range.from)
}

async function read(
  store: StateStore,
  place: Place,
): Promise<{ readonly stretches: readonly Stretch[]; readonly etag: string | null }> {
  const key = keyOf(place)
  const { value, etag } = await readState(store, key)
  if (value === undefined) return { stretches: [], etag }
  const parsed = stored.safeParse(value)
  if (!parsed.success) throw new UnreadableState(key, 'is no record of imports', parsed.error)
  return { stretches: parsed.data.stretches, etag }
}

function keyOf({ account, logGroup }: Place): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([account, logGroup]))
    .digest('hex')
  return `state/imported/${hash.slice(0, 24)}.json`
}

/** In order; those that overlap or follow each other are one. */
function merged(stretches: readonly Stretch[]): readonly Stretch[] {
  const result: Stretch[] = []
  for (const [from, to] of stretches.toSorted((a, b) => a[0] - b[0])) {
    const last = result.at(-1)
    if (last !== undefined && from <= last[1] + 1) result[result.length - 1] = [last[0], Math.max(last[1], to)]
    else result.push([from, to])
  }
  return result
}
