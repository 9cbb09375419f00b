/** A merge came to no end: an input is damaged or gone, or memory or disk did not suffice. Nothing was published. */
export class MergeFailed extends Error {
  /** What was being done, in the engine's own words. */
  readonly statement: string
  /** Memory, disk or the like did not suffice: less at a time may do, and no input is to blame. */
  readonly lacksRoom: boolean
  constructor(statement: string, cause: unknown, { lacksRoom = false }: { readonly lacksRoom?: boolean } = {}) {
    super(`merge: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
    this.name = 'MergeFailed'
    this.statement = statement
    this.lacksRoom = lacksRoom
  }
}

/** Some of a compaction cannot be done, now or ever; the rest of it is done. */
export class CompactionIncomplete extends Error {
  /** @param failures `failuresOf` its report */
  constructor(failures: readonly string[]) {
    super(`compact: ${failures.join('; ')}`)
    this.name = 'CompactionIncomplete'
  }
}

/** The table names a list of consumed objects or a ledger that is not there or is not ours: nothing may be guessed. */
export class LakeStateUnreadable extends Error {
  readonly key: string
  constructor(key: string, options?: ErrorOptions) {
    super(`lake: the table refers to ${key}, which is gone or is not what it should be`, options)
    this.name = 'LakeStateUnreadable'
    this.key = key
  }
}

/** State that stands under a key of its own is there and is not what it should be: reading it again does not help. */
export class StateDamaged extends Error {
  readonly key: string
  /** @param remedy what the user can do, and what becomes of it */
  constructor(key: string, remedy: string, options?: ErrorOptions) {
    super(`lake: ${key} is damaged, or of another release: ${remedy}`, options)
    this.name = 'StateDamaged'
    this.key = key
  }
}

export interface StoppedErasure {
  readonly id: string
  readonly rows: number
  /** Files of the table that were written anew. */
  readonly files: number
}

/** Some of the events that were to be erased are under a legal hold. */
export class EventsHeld extends Error {
  readonly events: number
  /** The erasure that they stopped, whose record stands, and what it has taken out so far; null when nothing was changed. */
  readonly stopped: StoppedErasure | null
  constructor(events: number, stopped: StoppedErasure | null = null) {
    const so = stopped === null ? 'are' : `have come while ${stopped.id} was under way, and are`
    super(`erase: ${events} of the events ${so} under a legal hold`)
    this.name = 'EventsHeld'
    this.events = events
    this.stopped = stopped
  }
}

/** Other writers were always first. What is erased is erased; the same erasure, run again, goes on from there. */
export class EraseNotFinished extends Error {
  constructor() {
    super('erase: other writers kept changing the table; run the same erasure again')
    this.name = 'EraseNotFinished'
  }
}

/** The table says that its files are not to be deleted (`gc.enabled=false`), so nothing can go for good; nothing was changed. */
export class FilesKept extends Error {
  constructor() {
    super('erase: the table has the property gc.enabled=false, so its files must stay: take it away first')
    this.name = 'FilesKept'
  }
}
