import { describe, expect, it } from 'vitest'
import { LeaseHeld, LeaseLost } from '../../shared/jobs/errors.js'
import { takeLease } from '../../shared/jobs/lease.js'
import { memoryStore } from '../../shared/store/memory.js'

const job = 'subscribe'
const lastsMs = 60_000

describe('a lease', () => {
  it('is held by one run at a time, and free when it is released', async () => {
    const store = memoryStore()
    const now = () => 1_000
    const first = await takeLease(store, { job, holder: 'a', lastsMs, now })
    await expect(takeLease(store, { job, holder: 'b', lastsMs, now })).rejects.toThrow(
      'subscribe: another run (a) holds the lease until 1970-01-01T00:01:01.000Z',
    )
    await first.release()
    await expect(takeLease(store, { job, holder: 'b', lastsMs, now })).resolves.toBeDefined()
  })

  it('goes to one of many runs that begin at the same moment', async () => {
    const store = memoryStore()
    const runs = await Promise.allSettled(
      Array.from({ length: 10 }, (_, at) => takeLease(store, { job, holder: `run-${at}`, lastsMs, now: () => 0 })),
    )
    expect(runs.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    for (const run of runs) if (run.status === 'rejected') expect(run.reason).toBeInstanceOf(LeaseHeld)
  })

  it('ends by itself when its run was killed, and a run that slept too long finds it lost', async () => {
    const store = memoryStore()
    let clock = 0
    const slept = await takeLease(store, { job, holder: 'a', lastsMs, now: () => clock })
    clock = lastsMs + 1
    await takeLease(store, { job, holder: 'b', lastsMs, now: () => clock })
    await expect(slept.renew()).rejects.toThrow(LeaseLost)
    await slept.release()
    await expect(takeLease(store, { job, holder: 'c', lastsMs, now: () => clock })).rejects.toThrow(LeaseHeld)
  })

  it('is renewed as it goes by a run that takes long', async () => {
    const store = memoryStore()
    let clock = 0
    const lease = await takeLease(store, { job, holder: 'a', lastsMs, now: () => clock })
    for (clock = 0; clock < 10 * lastsMs; clock += lastsMs / 4) {
      await lease.keep()
      await expect(takeLease(store, { job, holder: 'b', lastsMs, now: () => clock })).rejects.toThrow(LeaseHeld)
    }
    clock += lastsMs
    expect(lease.isDue()).toBe(true)
    await takeLease(store, { job, holder: 'b', lastsMs, now: () => clock })
    await expect(lease.keep()).rejects.toThrow(LeaseLost)
  })

  it('is ours when the answer to the write was lost and a retry of it met our own object', async () => {
    const inner = memoryStore()
    let isFirst = true
    const store: typeof inner = {
      ...inner,
      async put(key, body, options) {
        if (isFirst) await inner.put(key, body, options)
        isFirst = false
        return inner.put(key, body, options)
      },
    }
    const lease = await takeLease(store, { job, holder: 'a', lastsMs, now: () => 0 })
    await lease.renew()
    await lease.release()
  })
})
