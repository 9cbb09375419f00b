import { describe, expect, it } from 'vitest'
import type { AsynchronousResult, LambdaFunction } from '../../../local/lambda/lambda-function.js'
import { explain } from '../../../local/start/explain.js'
import { feed } from '../../../local/start/feed.js'
import { emptyReport } from '../../../shared/pipeline/report.js'
import { StorageFull } from '../../../shared/store/errors.js'
import { definition } from '../lambda/function-under-test.js'

/** A function that answers the n-th delivery so. */
function answering(answer: (index: number) => Omit<AsynchronousResult, 'requestId' | 'attempts'>): LambdaFunction {
  let index = 0
  return {
    definition,
    invoke: () => Promise.reject(new Error('not asynchronous')),
    enqueue: () => ({
      requestId: 'r',
      done: Promise.resolve({ requestId: 'r', attempts: 1, ...answer(index++) }),
    }),
    close: () => Promise.resolve(),
  }
}

function result(payload: unknown, functionError?: 'Unhandled'): AsynchronousResult['last'] {
  return { requestId: 'r', functionError, payload: Buffer.from(JSON.stringify(payload)), log: [] }
}

const deliveries = Array.from({ length: 20 }, () => ({ payload: new Uint8Array() }))
const send = (lambda: LambdaFunction, signal = new AbortController().signal) =>
  feed(lambda, deliveries, () => undefined, signal)
const failed = result({ errorType: 'TypeError', errorMessage: 'no' }, 'Unhandled')

describe('feeding a function', () => {
  it('adds up what its reports say', async () => {
    const report = { ...emptyReport(), events: 2, duplicates: 1, created: true, quarantined: { json: 1 } }
    const totals = await send(
      answering(index => ({ outcome: 'succeeded', last: result({ ...report, key: `k${index % 5}` }) })),
    )
    expect(totals).toMatchObject({ deliveries: 20, objects: 20, events: 40, duplicates: 20, quarantined: { json: 20 } })
    expect([...totals.keys].sort()).toEqual(['k0', 'k1', 'k2', 'k3', 'k4'])
  })

  it('goes on after a delivery that failed', async () => {
    const totals = await send(
      answering(index =>
        index === 4 ? { outcome: 'recorded', last: failed } : { outcome: 'succeeded', last: result(emptyReport()) },
      ),
    )
    expect(totals.deliveries).toBe(20)
    expect(totals.failures).toEqual([{ error: 'TypeError: no', outcome: 'recorded', isDiskFull: false }])
  })

  it('stops when everything fails, or the disk is full, or it is told to', async () => {
    const always = await send(answering(() => ({ outcome: 'recorded', last: failed })))
    expect(always.deliveries).toBeLessThanOrEqual(4)
    const full = await send(
      answering(() => ({ outcome: 'lost', last: failed, destinationError: new StorageFull('put: no room', 'k') })),
    )
    expect(full.deliveries).toBeLessThanOrEqual(2)
    expect(full.failures[0]).toMatchObject({ outcome: 'lost', isDiskFull: true })
    const told = await send(
      answering(() => ({ outcome: 'succeeded', last: result(emptyReport()) })),
      AbortSignal.abort(),
    )
    expect(told.deliveries).toBe(0)
  })
})

describe('what a person is told', () => {
  it('of a full disk', () => {
    const said = explain(new StorageFull('put: no room on the disk for k', 'k'), '/data')
    expect(said).toMatch(/^The disk that holds \/data is full, .* Make room there and start again: /)
    const temporary = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
    expect(explain(temporary, '/data')).toMatch(/^A disk is full: ENOSPC.* TMPDIR or --data/)
  })

  it('of a bug is its stack trace', () => {
    expect(explain(new TypeError('x is undefined'), '/data')).toBeUndefined()
  })
})
