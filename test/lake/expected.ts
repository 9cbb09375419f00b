/** What a schedule does to its events, and so what readers have to see of them at any moment. */
import { Arrived } from './arrived.js'
import { noon } from './landed.js'
import { type Action, day, type ForeignChange, type Hold, type Schedule, type SentEvent } from './schedule.js'

const isForeign = (action: Action, change: ForeignChange) => action.do === 'foreign' && action.change === change
const isTaking = (action: Action) => action.do === 'erase' || isForeign(action, 'delete')
const isFailing = (action: Action) => action.do === 'deliver' && action.fate !== 'stored'
const isBringing = (action: Action) =>
  ['deliver', 'backfill', 'import', 'replay'].includes(action.do) || isForeign(action, 'append')

/** Messages that the conditions of erasures find. */
const found = { tick: 'tick', status: '{"status":200}' } as const

export class Expected {
  readonly #records: Schedule['records']
  readonly #arrived: Arrived
  /** In deliveries that failed, and that no replay has brought. */
  #failed: readonly SentEvent[] = []
  #hold: Hold | null = null

  constructor(schedule: Schedule) {
    this.#records = schedule.records
    this.#arrived = new Arrived(schedule)
  }

  /** How often each may be seen now. */
  seen(): ReturnType<Arrived['seen']> {
    return this.#arrived.seen()
  }

  /** @param retention of the second group, days */
  expire(now: number, retention: number): void {
    this.#arrived.expire(now, retention, event => this.#isHeld(event))
  }

  /** The legal hold from now on. */
  hold(hold: Hold | null): void {
    this.#hold = hold
  }

  /** Whether an erasure may meet an event that is held, and whether it must: it is refused then. */
  heldBy(action: Action): ReturnType<Arrived['presenceOf']> {
    return this.#arrived.presenceOf(this.eventsOf(action).filter(event => this.#isHeld(event)))
  }

  #isHeld({ group, timestamp }: SentEvent): boolean {
    const at = Math.floor(timestamp / day) - Math.floor(noon / day)
    return this.#hold !== null && group === this.#hold.group && at === this.#hold.fromDay
  }

  /** What an action may take away of them now. */
  #takenBy(action: Action): readonly SentEvent[] {
    return this.eventsOf(action).filter(event => action.do !== 'erase' || !this.#isHeld(event))
  }

  /** What an action brings or takes away. */
  eventsOf(action: Action): readonly SentEvent[] {
    const records = this.#records
    const within = (first: number, days: number, group: number | null) =>
      records.flat().filter(event => {
        const at = Math.floor(event.timestamp / day)
        return (group === null || event.group === group) && at >= first && at < first + days
      })
    const firstDay = Math.floor(noon / day)
    switch (action.do) {
      case 'deliver': {
        const start = action.from % records.length
        return records.slice(start, start + 1 + (action.length % (records.length - start))).flat()
      }
      case 'backfill':
      case 'import':
        return within(firstDay + action.fromDay, action.days, action.group)
      case 'erase':
        return within(firstDay + action.fromDay, 1, action.group).filter(({ message }) => {
          return action.which === 'all' || message === found[action.which]
        })
      case 'replay':
        return this.#failed
      case 'foreign':
        if (action.change === 'delete') return within(firstDay + (action.at % 3), 1, null)
        return action.change === 'append' ? records[action.at % records.length]! : []
      default:
        return []
    }
  }

  /** Marks what may be there or gone from here on. @returns the actions that are carried out */
  begin(planned: readonly Action[]): readonly Action[] {
    for (const action of planned) {
      if (isTaking(action)) this.#arrived.takeAway(this.#takenBy(action))
      if (action.do === 'erase') this.#arrived.awaitRelease(this.eventsOf(action))
      if (isForeign(action, 'forget')) this.#arrived.forget()
      if ('fate' in action) this.#arrived.deliver(this.eventsOf(action), action.fate, false)
      if (action.do === 'import') this.#arrived.deliver(this.eventsOf(action), 'stored', false)
    }
    if (planned.some(action => action.do === 'replay')) {
      const failing = planned.filter(isFailing).flatMap(action => this.eventsOf(action))
      this.#arrived.deliver([...this.#failed, ...failing], 'stored', false)
    }
    return planned.filter(action => {
      if (!isForeign(action, 'append')) return true
      const events = this.eventsOf(action)
      const isFree = this.#arrived.areUntouched(events)
      if (isFree) this.#arrived.deliver(events, 'stored', false)
      return isFree
    })
  }

  /** Marks what is there or gone for sure. */
  end(actions: readonly Action[], hasFailed: readonly boolean[]): void {
    const isQuiet = !actions.some(action => isBringing(action) || isForeign(action, 'forget'))
    for (const [index, action] of actions.entries()) {
      // What was stored is, whatever became of the answer.
      if ('fate' in action) this.#arrived.deliver(this.eventsOf(action), action.fate, true)
      if (hasFailed[index]) continue
      if (isBringing(action) && !('fate' in action)) this.#arrived.deliver(this.eventsOf(action), 'stored', true)
      if (action.do === 'erase') this.#arrived.erase(this.#takenBy(action))
      if (action.do === 'erase' && isQuiet) this.#arrived.settle(this.#takenBy(action))
      if (action.do === 'commit' && actions.length === 1) this.#arrived.settle()
    }
    if (actions.some((action, index) => action.do === 'replay' && !hasFailed[index])) this.#failed = []
    this.#failed = [...this.#failed, ...actions.filter(isFailing).flatMap(action => this.eventsOf(action))]
  }
}
