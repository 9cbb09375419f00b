/**
 * At most one run of a job at a time: `state/<job>.lease.json` says who runs and until when, unless it is renewed. A run
 * that was stopped for longer (a laptop that slept) finds its lease lost when it renews it.
 */
import { Conflict, NotFound, PreconditionFailed } from '../store/errors.js'
import { LeaseHeld, LeaseLost } from './errors.js'
import { readState, type StateStore, writeState } from './job-state.js'

export interface Lease {
  /** @throws LeaseLost when another run has taken it over */
  renew(): Promise<void>
  /** A third of its time has gone. */
  isDue(): boolean
  /** Renews it when it is due: for runs that take long. @throws LeaseLost */
  keep(): Promise<void>
  /** Lets the next run begin at once. Never rejects: what is not released ends by itself. */
  release(): Promise<void>
}

export interface LeaseOptions {
  readonly job: string
  /** Unique to this run. */
  readonly holder: string
  /** How long it holds when it is not renewed. */
  readonly lastsMs: number
  /** ms since the epoch */
  readonly now: () => number
}

/** @throws LeaseHeld when another run holds it */
export async function takeLease(store: StateStore, { job, holder, lastsMs, now }: LeaseOptions): Promise<Lease> {
  const key = `state/${job}.lease.json`
  const before = await readState(store, key)
  const current = before.value as { readonly holder: string; readonly until: number } | undefined
  if (current !== undefined && current.until > now()) throw new LeaseHeld(job, current.holder, current.until)
  let etag = await write(before.etag, now() + lastsMs, () => new LeaseHeld(job, 'one that began just now', now()))

  async function write(over: string | null, until: number, lost: (cause: unknown) => Error): Promise<string> {
    try {
      return await writeState(store, key, { holder, until }, over)
    } catch (error) {
      const isRace = error instanceof PreconditionFailed || error instanceof Conflict || error instanceof NotFound
      if (!isRace) throw error
      // The answer to an earlier try of this very PUT may have been lost.
      const found = await readState(store, key)
      if ((found.value as { readonly holder: string } | undefined)?.holder === holder) return found.etag!
      throw lost(error)
    }
  }

  let renewed = now()
  const isDue = () => now() - renewed > lastsMs / 3
  const renew = async () => {
    etag = await write(etag, now() + lastsMs, cause => new LeaseLost(job, cause))
    renewed = now()
  }

  return {
    renew,
    isDue,
    async keep() {
      if (isDue()) await renew()
    },
    async release() {
      await write(etag, 0, cause => new LeaseLost(job, cause)).catch(() => undefined)
    },
  }
}
