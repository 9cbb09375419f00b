/** Schedules that once showed a mistake, as fast-check shrank them. */
import { eventId } from '../helpers/payload.js'
import { noon } from './landed.js'
import { type Action, day, type Schedule, type SentEvent, type Step } from './schedule.js'

const status = (number: number, group: number, timestamp: number): SentEvent => ({
  number,
  group,
  timestamp,
  message: '{"status":200}',
  id: eventId(timestamp, number % 3, BigInt(number)),
})

const step = (wait: number, ...actions: readonly Action[]): Step => ({ wait, retention: null, hold: null, actions })
const commit: Action = { do: 'commit', trouble: null, merges: null, promotes: 'nothing' }
const compact: Action = { do: 'compact', trouble: null, merges: null, promotes: 'nothing' }
const deliver = (from: number): Action => ({ do: 'deliver', from, length: 0, fate: 'stored' })

/** Events without ids were in the table when the same came with ids: readers saw both until the next commit. */
const backfillFirst: Schedule = {
  records: [[status(1, 0, noon + 2 * day), status(2, 0, noon)], [status(3, 0, noon)]],
  steps: [
    step(0, { do: 'backfill', group: 0, fromDay: 0, days: 1, fate: 'stored' }, commit),
    step(0, commit),
    step(0, deliver(0)),
    step(0, compact, deliver(0)),
  ],
  mixing: 0,
}

/** The retention changed before the first compaction, which took what was committed before for expiring. */
const retentionChanged: Schedule = {
  records: [[status(1, 1, noon)], [status(2, 0, noon)]],
  steps: [
    step(0, deliver(0)),
    step(0, commit),
    { ...step(2 * day, compact, compact), retention: 0 },
    step(2 * day, compact, deliver(0)),
  ],
  mixing: 0,
}

const erase: Action = { do: 'erase', group: 0, fromDay: 0, which: 'status', trouble: null }

/** What was erased came back with a delivery cut anew, once a later hold covered it. */
const heldLater: Schedule = {
  records: [[status(1, 0, noon)], [status(2, 1, noon)]],
  steps: [
    step(0, deliver(0)),
    step(0, commit),
    step(0, erase),
    { ...step(0, { do: 'deliver', from: 0, length: 1, fate: 'stored' }), hold: { group: 0, fromDay: 0 } },
    step(0, commit),
  ],
  mixing: 0,
}

/** The second request took the place of the first in its record. */
const askedTwice: Schedule = {
  records: [[status(1, 0, noon)], [status(2, 1, noon)]],
  steps: [step(0, deliver(0)), step(0, commit), step(0, erase), step(0, erase), step(0, deliver(0)), step(0, commit)],
  mixing: 0,
}

export const counterExamples: readonly Schedule[] = [backfillFirst, retentionChanged, heldLater, askedTwice]
