/**
 * Random histories of a lake, for the property test: what is delivered and how often, who commits and compacts meanwhile,
 * and what goes wrong. Many events are alike, so that what confuses two of them shows.
 */
import fc from 'fast-check'
import { eventId } from '../helpers/payload.js'
import { noon } from './landed.js'

export const day = 86_400_000

/** A fate of what is written, or of one of somebody's calls to the store. */
export type Fate = 'stored' | 'lost' | 'unanswered'

/**
 * What happens to one who uses the store: nothing; the n-th call fails once; or it is the last one, since the process
 * dies. Either way the call may have been applied.
 */
export type Trouble = null | { readonly at: number; readonly isApplied: boolean; readonly isLast: boolean }

/** Merges that fail for a while, from the n-th of an action on. */
export type FailingMerges = null | { readonly from: number; readonly many: number }

export type Action =
  /** A stretch of the stream, delivered as one batch. */
  | { readonly do: 'deliver'; readonly from: number; readonly length: number; readonly fate: Fate }
  /** All that ever happened in a group in some days, without ids, as an export has it. */
  | {
      readonly do: 'backfill'
      readonly group: number
      readonly fromDay: number
      readonly days: number
      readonly fate: Fate
    }
  /** The same as finished exports have it, by an import, which looks first at what the lake has. */
  | {
      readonly do: 'import'
      readonly group: number
      readonly fromDay: number
      readonly days: number
      readonly trouble: Trouble
    }
  /** Deliveries that failed, from where Lambda has put them. */
  | { readonly do: 'replay'; readonly trouble: Trouble }
  | { readonly do: 'commit'; readonly trouble: Trouble; readonly merges: FailingMerges; readonly promotes: Promotion }
  | { readonly do: 'compact'; readonly trouble: Trouble; readonly merges: FailingMerges; readonly promotes: Promotion }
  /** A day of a group, or what a condition finds of it, for good. Asked again, it is the same request. */
  | {
      readonly do: 'erase'
      readonly group: number
      readonly fromDay: number
      readonly which: Which
      readonly trouble: Trouble
    }
  /** Another engine changes the table. */
  | {
      readonly do: 'foreign'
      readonly change: ForeignChange
      /** Which record it appends, or which day it is about. */
      readonly at: number
      /** It says nothing of its files but their names, sizes and rows. */
      readonly isBare: boolean
    }
  | { readonly do: 'read' }

/**
 * `append`: rows that were never delivered. `rewrite`: what Trino's OPTIMIZE does. `expire`: all snapshots but the newest, and
 * their files at once. `delete`: a day. `describe`: a property and a column of its own. `forget`: our properties.
 */
export type ForeignChange = 'append' | 'rewrite' | 'expire' | 'delete' | 'describe' | 'forget'

/** What `pipeline.yml` promotes: the field as a long, beside another, or as text; or another field in a column of its name. */
export type Promotion = 'nothing' | 'status' | 'two' | 'text' | 'other'

/** What an erasure is about: everything, what a filter pattern finds, or what a condition of a query does. */
export type Which = 'all' | 'tick' | 'status'

/** A day of a group that is under a legal hold. */
export interface Hold {
  readonly group: number
  readonly fromDay: number
}

export interface Step {
  /** ms that pass before it. */
  readonly wait: number
  /** Days that the second group is kept from now on; null for no change. */
  readonly retention: number | null
  /** The legal hold from now on; null for no change. */
  readonly hold: Hold | 'none' | null
  /** Under way together. */
  readonly actions: readonly Action[]
}

export interface SentEvent {
  readonly number: number
  readonly group: number
  readonly timestamp: number
  readonly message: string
  /** Undefined where live delivery gives none either. */
  readonly id: string | undefined
}

export interface Schedule {
  /** Records of the stream, of one group each. */
  readonly records: readonly (readonly SentEvent[])[]
  readonly steps: readonly Step[]
  /** How the calls of those who are under way together mix. */
  readonly mixing: number
}

export const groupNames = ['/app/kept', '/app/expiring'] as const

const fate = fc.constantFrom<Fate>('stored', 'stored', 'stored', 'stored', 'stored', 'stored', 'lost', 'unanswered')

/** Small numbers reach the first calls, where what is there already is looked at; large ones the commit itself. */
const trouble = fc.oneof(
  { weight: 3, arbitrary: fc.constant(null) },
  {
    weight: 2,
    arbitrary: fc.record({ at: fc.integer({ min: 1, max: 45 }), isApplied: fc.boolean(), isLast: fc.boolean() }),
  },
)

const merges = fc.oneof(
  { weight: 3, arbitrary: fc.constant(null) },
  { weight: 1, arbitrary: fc.record({ from: fc.integer({ min: 1, max: 6 }), many: fc.integer({ min: 1, max: 9 }) }) },
)

const promotes = fc.constantFrom<Promotion>('nothing', 'status', 'status', 'two', 'text', 'other')
const days = { group: fc.nat(1), fromDay: fc.nat(2), days: fc.integer({ min: 1, max: 3 }) }

const foreignChange = fc.constantFrom<ForeignChange>(
  ...(['append', 'append', 'rewrite', 'rewrite', 'rewrite', 'expire', 'delete', 'describe', 'forget'] as const),
)

const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('deliver' as const), from: fc.nat(9), length: fc.nat(9), fate }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('backfill' as const), ...days, fate }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('import' as const), ...days, trouble }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('replay' as const), trouble }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('commit' as const), trouble, merges, promotes }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('compact' as const), trouble, merges, promotes }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('foreign' as const),
      change: foreignChange,
      at: fc.nat(9),
      isBare: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('erase' as const),
      group: fc.constantFrom(0, 0, 0, 1),
      fromDay: fc.constantFrom(0, 0, 0, 1, 2),
      which: fc.constantFrom<Which>('all', 'tick', 'status'),
      trouble,
    }),
  },
  { weight: 1, arbitrary: fc.constant<Action>({ do: 'read' }) },
)

const minute = 60_000
const waits = [0, 0, minute, 16 * minute, 7 * 60 * minute, day, 2 * day, 5 * day, 10 * day]

const hold = fc.oneof(
  { weight: 8, arbitrary: fc.constant(null) },
  { weight: 1, arbitrary: fc.constant('none' as const) },
  {
    weight: 2,
    arbitrary: fc.record({ group: fc.constantFrom(0, 0, 0, 1), fromDay: fc.constantFrom(0, 0, 0, 1, 2) }),
  },
)

const step: fc.Arbitrary<Step> = fc.record({
  wait: fc.constantFrom(...waits),
  retention: fc.constantFrom(null, null, null, null, 1, 3, 0),
  hold,
  actions: fc.oneof(
    { weight: 3, arbitrary: fc.array(action, { minLength: 1, maxLength: 1 }) },
    { weight: 2, arbitrary: fc.array(action, { minLength: 2, maxLength: 4 }) },
  ),
})

const event = fc.record({
  id: fc.constantFrom('cloudwatch', 'cloudwatch', 'other', 'none'),
  /** How often it happened, and stands in its record. */
  copies: fc.constantFrom(1, 1, 1, 2),
  day: fc.constantFrom(0, 0, 0, 1, 2),
  message: fc.nat(2),
})

const messages = ['{"status":200}', '{"status":"0x1","code":404}', 'tick']

type RecordShape = { readonly group: number; readonly events: readonly EventShape[] }
type EventShape = typeof event extends fc.Arbitrary<infer Shape> ? Shape : never

export function schedule(maxSteps: number): fc.Arbitrary<Schedule> {
  const record = fc.record({
    group: fc.constantFrom(0, 0, 1),
    events: fc.array(event, { minLength: 1, maxLength: 3 }),
  })
  return fc.record({
    records: fc.array(record, { minLength: 2, maxLength: 8, size: 'max' }).map(recordsOf),
    steps: fc.array(step, { minLength: 4, maxLength: maxSteps, size: 'max' }),
    mixing: fc.nat(2 ** 31 - 1),
  })
}

/** Events without ids are unlike those of any other record: nobody can tell two of them from one that came twice. */
function recordsOf(shapes: readonly RecordShape[]): readonly (readonly SentEvent[])[] {
  let number = 0
  return shapes.map(({ group, events }, record) =>
    events.flatMap(({ id, copies, day: dayOf, message }, at) => {
      const timestamp = noon + dayOf * day
      return Array.from({ length: copies }, (): SentEvent => {
        number++
        const own = id === 'none' ? `{"status":${record * 10 + at}}` : messages[message]!
        const ids = {
          cloudwatch: eventId(timestamp, number % 3, BigInt(number)),
          other: `other-${number}`,
          none: undefined,
        }
        return { number, group, timestamp, message: own, id: ids[id as keyof typeof ids] }
      })
    }),
  )
}
