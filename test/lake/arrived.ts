import type { Fate, Schedule, SentEvent } from './schedule.js'
import { day, groupNames } from './schedule.js'

/** How often a reader sees an event: at least and at most. */
interface Bounds {
  readonly least: number
  readonly most: number
}

/** What has been delivered so far, and so what a reader must see: each event once, however often and wherever it came. */
export class Arrived {
  readonly #events: readonly SentEvent[]
  /** By number; those that came with their ids apart. */
  readonly #sure = new Set<number>()
  readonly #maybe = new Set<number>()
  /** The lake's retention was over for them at some time, or they were to be erased or deleted: they may be gone. */
  readonly #expired = new Set<number>()
  /** An erasure has ended. */
  readonly #erased = new Set<number>()
  /** Delivered since, and no commit has looked at it for sure. */
  readonly #back = new Set<number>()
  /** To be erased as soon as no hold covers them. */
  readonly #awaited = new Set<number>()
  /** In a delivery that failed. */
  readonly #failed = new Set<number>()

  constructor({ records }: Schedule) {
    this.#events = records.flat()
  }

  /** @param isDone false while it is under way */
  deliver(events: readonly SentEvent[], fate: Fate, isDone: boolean): void {
    for (const { number } of events) {
      if (fate !== 'stored') this.#failed.add(number)
      if (fate === 'lost') continue
      ;(isDone ? this.#sure : this.#maybe).add(number)
      this.#back.add(number)
    }
  }

  /** Nobody has tried to deliver any of them, or to take it away. */
  areUntouched(events: readonly SentEvent[]): boolean {
    const known = [this.#sure, this.#maybe, this.#failed, this.#expired]
    return !events.some(({ number }) => known.some(numbers => numbers.has(number)))
  }

  /** Whether some of them may be there, and whether some of them are for sure. */
  presenceOf(events: readonly SentEvent[]): { readonly may: boolean; readonly must: boolean } {
    return {
      may: events.some(({ number }) => this.#sure.has(number) || this.#maybe.has(number)),
      must: events.some(({ number }) => this.#sure.has(number) && !this.#expired.has(number)),
    }
  }

  /** @param retention of the second group, days */
  expire(now: number, retention: number, isHeld: (event: SentEvent) => boolean): void {
    for (const event of this.#events) {
      const { number, group, timestamp } = event
      if (isHeld(event)) continue
      const isOver = retention > 0 && (Math.floor(timestamp / day) + 1 + retention) * day <= now
      if ((group === 1 && isOver) || this.#awaited.has(number)) this.#expired.add(number)
    }
  }

  /** They may be gone once no hold covers them. */
  awaitRelease(events: readonly SentEvent[]): void {
    for (const { number } of events) this.#awaited.add(number)
  }

  /** They may be gone from now on. */
  takeAway(events: readonly SentEvent[]): void {
    for (const { number } of events) this.#expired.add(number)
  }

  /** An erasure has ended. What comes again may be seen until a commit has looked at it. */
  erase(events: readonly SentEvent[]): void {
    for (const { number } of events) this.#erased.add(number)
  }

  /** What was erased is gone from landing, too: an erasure or a commit has ended while nothing else was under way. */
  settle(events: readonly SentEvent[] = this.#events): void {
    for (const { number } of events) if (this.#erased.has(number)) this.#back.delete(number)
  }

  /** What the table has taken of landing is not known any more: what was left out of it may be seen until the next commit. */
  forget(): void {
    for (const number of this.#erased) this.#back.add(number)
  }

  /** By what a reader sees of an event without its id. */
  seen(): ReadonlyMap<string, Bounds> {
    const found = new Map<string, Bounds>()
    for (const event of this.#events) {
      const { number } = event
      const isSure = this.#sure.has(number)
      if (!isSure && !this.#maybe.has(number)) continue
      const { least = 0, most = 0 } = found.get(contentOf(event)) ?? {}
      const isThere = isSure && !this.#expired.has(number)
      const isGone = this.#erased.has(number) && !this.#back.has(number)
      found.set(contentOf(event), { least: least + Number(isThere), most: most + Number(!isGone) })
    }
    return found
  }

  get count(): number {
    return this.#sure.size
  }
}

/** With the field `status`, which may be read out of a column of its own. */
export function contentOf({ group, timestamp, message }: SentEvent): string {
  const status = message.startsWith('{') ? String((JSON.parse(message) as { status: unknown }).status) : ''
  return [groupNames[group], new Date(timestamp).toISOString(), message, status].join(' ')
}

/** What is wrong with what a reader saw; empty when nothing is. */
export function differences(
  seen: readonly string[],
  before: ReadonlyMap<string, Bounds>,
  after: ReadonlyMap<string, Bounds>,
): readonly string[] {
  const counts = new Map<string, number>()
  for (const content of seen) counts.set(content, (counts.get(content) ?? 0) + 1)
  const contents = new Set([...counts.keys(), ...before.keys(), ...after.keys()])
  return [...contents].flatMap(content => {
    const count = counts.get(content) ?? 0
    const least = Math.min(before.get(content)?.least ?? 0, after.get(content)?.least ?? 0)
    const most = after.get(content)?.most ?? 0
    return count < least || count > most ? [`${content}: ${count} times, not ${least} to ${most}`] : []
  })
}
