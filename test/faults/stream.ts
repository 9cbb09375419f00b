/**
 * Random streams of Kinesis records and random deliveries of them, for the property tests. Much of them is alike, so that
 * what confuses two events or two batches with each other shows.
 */
import fc from 'fast-check'
import { compressed, eventId, noon } from '../helpers/payload.js'
import { batch, type Delivery, type Item, kinesis, secret, sentEvents, undecodable } from './delivery.js'

/** A stretch of the stream, delivered as one batch. `lost` loses a PUT itself, `unanswered` only its answer. */
export interface Cut {
  readonly from: number
  readonly length: number
  readonly main: 'stored' | 'lost' | 'unanswered'
  readonly raw: 'stored' | 'lost' | 'unanswered'
}

/** Records in order, and steps of deliveries that are under way together. */
export interface Scenario {
  readonly records: readonly Item[]
  readonly steps: readonly (readonly Cut[])[]
}

const fate = fc.constantFrom('stored', 'stored', 'stored', 'lost', 'unanswered') as fc.Arbitrary<Cut['main']>

const event = fc.record({
  id: fc.constantFrom('cloudwatch', 'cloudwatch', 'other', 'none'),
  /** How often it stands in its record. */
  copies: fc.constantFrom(1, 1, 1, 2, 3),
  /** Milliseconds from the one before; 0 for the same time. */
  later: fc.constantFrom(0, 0, 0, 1),
})

const record = fc.record({
  kind: fc.constantFrom('events', 'events', 'events', 'events', 'undecodable', 'repeated'),
  group: fc.constantFrom(0, 0, 0, 1),
  stream: fc.constantFrom(0, 0, 0, 1),
  events: fc.array(event, { minLength: 1, maxLength: 3 }),
})

type RecordShape = typeof record extends fc.Arbitrary<infer Shape> ? Shape : never

/**
 * @param owner of all its events
 * @param maxTogether the most deliveries under way at a time
 */
export function scenario(owner: string, maxSteps: number, maxTogether: number): fc.Arbitrary<Scenario> {
  const cut = fc.record({ from: fc.nat(11), length: fc.oneof(fc.nat(1), fc.nat(11)), main: fate, raw: fate })
  return fc.record({
    records: fc
      .array(record, { minLength: 3, maxLength: 12 })
      .map(shapes => shapes.map((shape, index) => recordOf(owner, shape, index))),
    steps: fc.array(fc.array(cut, { minLength: 1, maxLength: maxTogether }), {
      minLength: Math.ceil(maxSteps / 2),
      maxLength: maxSteps,
    }),
  })
}

/**
 * `repeated` is an earlier stretch of events through a second filter. Events without ids are unlike those of any other
 * record: nobody can tell two of them from one that came twice.
 */
function recordOf(owner: string, { kind, group, stream, events }: RecordShape, index: number): Item {
  if (kind === 'undecodable') return undecodable(compressed(`${secret} ${owner} ${index}`))
  const place = { owner, logGroup: `/ecs/${group}`, logStream: `${secret}/${stream}` }
  if (kind === 'repeated') {
    const same = [0, 1].map(at => ({ id: eventId(noon, at, 3n), timestamp: noon, message: `${secret} same ${at}` }))
    return batch(same, { owner, logGroup: '/ecs/0', logStream: secret, subscriptionFilters: [`filter-${index}`] })
  }
  // All begin at once: only the events themselves tell one batch from another.
  let timestamp = noon
  const sent = events.flatMap(({ id, copies, later }, at) => {
    timestamp += later
    const message = id === 'none' ? `${secret} ${index} ${at}` : secret
    const ids = { cloudwatch: { id: eventId(timestamp, at, BigInt(index)) }, other: { id: `${index}-${at}` }, none: {} }
    return Array.from({ length: copies }, () => ({ ...ids[id as keyof typeof ids], timestamp, message }))
  })
  return batch(sent, place)
}

export function deliveryOf({ records }: Scenario, { from, length }: Cut): Delivery {
  const start = from % records.length
  return kinesis(records.slice(start, start + 1 + (length % (records.length - start))))
}

/** What has arrived so far: how often a reader must see each event, and which records are set aside. */
export class Arrived {
  readonly events = new Map<string, number>()
  readonly undecodable = new Set<string>()

  add(items: readonly Item[], { main, raw }: Pick<Cut, 'main' | 'raw'>): void {
    for (const item of items) {
      if (item.kind === 'undecodable' && raw !== 'lost') this.undecodable.add(item.data)
      if (item.kind !== 'events' || main === 'lost') continue
      for (const { identity, hasId } of sentEvents(item.payload)) {
        const copies = sentEvents(item.payload).filter(other => other.identity === identity).length
        this.events.set(identity!, hasId ? 1 : copies)
      }
    }
  }

  /** As `reader.events()` gives them, sorted. */
  identities(): string[] {
    return [...this.events].flatMap(([identity, copies]) => Array<string>(copies).fill(identity)).sort()
  }
}
