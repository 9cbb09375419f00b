/**
 * What is known of the groups' filters: `state/subscribe.json`.
 *
 * DescribeSubscriptionFilters takes one group a call, at some five calls a second: with 65,000 groups, hours. A group is
 * asked for when it is new, when its state is not what is wanted, and once in a while; otherwise what is remembered
 * holds. That is safe because
 * - a group is known by its name and its time of creation, so one that was deleted and made again is new;
 * - what is about to be written is noted here before it is written, so a filter of ours is never unknown, whatever is
 *   killed when;
 * - PutSubscriptionFilter under our name sets a state: where memory is wrong, it is mended and nothing else is changed;
 * - filters that somebody takes away are found when their group is due again, and the time between is noted for backfill.
 */
import * as z from 'zod'
import { UnreadableState } from '../errors.js'
import { readState, type StateStore } from '../job-state.js'
import type { StackDestination } from './wanted-filter.js'

export const subscribeStateKey = 'state/subscribe.json'

/**
 * `none`: no filter of ours. `full`: no room for ours. Otherwise the fingerprint of ours, which tells also whether all
 * events get into the lake; one that said no says so until the note about what was left out is written.
 */
export type FilterState = 'none' | 'full' | string

export interface KnownGroup {
  readonly created: number
  readonly filter: FilterState
  /** A write was under way; whether it was done is not known. */
  readonly isPending: boolean
  /** When the service last said so, in ms since the epoch; 0 when it is to be asked again. */
  readonly verified: number
  /** The settings under which it was decided whether the group is subscribed. */
  readonly settings: string
  /** Since when ours is there; 0 while it is not. */
  readonly since: number
  /** The last listing that had the group. */
  readonly pass: number
}

export interface SubscribeState {
  readonly groups: Map<string, KnownGroup>
  /** Counts the listings; groups that one did not have are forgotten after it. */
  pass: number
  /** Where the present listing goes on; undefined at its beginning. */
  cursor: string | undefined
  /** How many filters a group had when CloudWatch took no more; null until it did. */
  quota: { readonly filters: number; readonly at: number } | null
  /** Where the stack takes events, since its function has said so. */
  destination?: StackDestination | undefined
}

export interface LoadedState {
  readonly state: SubscribeState
  readonly etag: string | null
}

const schema = z.object({
  version: z.literal(1),
  pass: z.number(),
  cursor: z.string().optional(),
  quota: z.object({ filters: z.number(), at: z.number() }).nullable(),
  destination: z.object({ arn: z.string(), roleArn: z.string().nullable() }).optional(),
})

/** created, filter, pending, verified, settings, since, pass: a tuple, and read by hand, since there can be 65,000. */
type StoredGroup = readonly [number, string, boolean, number, string, number, number]

const storedTypes = ['number', 'string', 'boolean', 'number', 'string', 'number', 'number']

function isStoredGroup(value: unknown): value is StoredGroup {
  return (
    Array.isArray(value) &&
    value.length === storedTypes.length &&
    storedTypes.every((type, at) => typeof value[at] === type)
  )
}

/** @throws UnreadableState for an object that this release has not written */
export async function readSubscribeState(
  store: StateStore,
  options: { readonly signal?: AbortSignal } = {},
): Promise<LoadedState> {
  const { value, etag } = await readState(store, subscribeStateKey, options)
  if (value === undefined) return { state: { groups: new Map(), pass: 1, cursor: undefined, quota: null }, etag }
  const { data, error } = schema.safeParse(value)
  if (data === undefined) throw new UnreadableState(subscribeStateKey, 'is not of this release', error)
  const groups = new Map<string, KnownGroup>()
  const stored = Object(Object(value).groups) as Readonly<Record<string, unknown>>
  for (const name in stored) {
    const group = stored[name]
    if (!isStoredGroup(group)) throw new UnreadableState(subscribeStateKey, `${name} is not of this release`)
    const [created, filter, isPending, verified, settings, since, seen] = group
    groups.set(name, { created, filter, isPending, verified, settings, since, pass: seen })
  }
  const { pass, cursor, quota, destination } = data
  return { state: { groups, pass, cursor, quota, destination }, etag }
}

/** The state as JSON has it. */
export function storable({ groups, pass, cursor, quota, destination }: SubscribeState): object {
  const entries = [...groups].map(([name, known]) => [
    name,
    [known.created, known.filter, known.isPending, known.verified, known.settings, known.since, known.pass],
  ])
  return { version: 1, pass, cursor, quota, destination, groups: Object.fromEntries(entries) }
}

/** Ours is there, or may be. */
export function mayHaveOurs(known: KnownGroup): boolean {
  return known.isPending || (known.filter !== 'none' && known.filter !== 'full')
}
