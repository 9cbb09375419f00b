import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Fault, FaultHook } from '../../local/fault.js'
import { events, noon } from '../helpers/payload.js'
import { expectAccounted } from './account.js'
import { batch, type Delivery, direct, kinesis, secret, undecodable } from './delivery.js'
import { type Site, startSite } from './site.js'
import type { World } from './world.js'

let site: Site
let world: World
beforeAll(async () => {
  site = await startSite()
})
afterAll(() => site.close())
beforeEach(async () => {
  world = await site.newWorld()
})

const good: Delivery = direct(batch(events([`${secret} a`, `${secret} b`])))
const mixed: Delivery = kinesis([batch(events([`${secret} c`], noon + 50)), undecodable(secret)])

/** A fault in the first tries of each request of an operation. */
function inTries(tries: number, fault: Fault, wanted = 'PutObject'): FaultHook {
  return ({ operation, attempt = 1 }) => (operation === wanted && attempt <= tries ? fault : undefined)
}

function bucketOf(wanted: 'main' | 'raw', fault: Fault): FaultHook {
  return ({ bucket }) => (bucket?.startsWith(wanted) ? fault : undefined)
}

const faults = {
  slowDown: { kind: 'error', status: 503, code: 'SlowDown' },
  internal: { kind: 'error', status: 500, code: 'InternalError' },
  reset: { kind: 'reset' },
  resetMidBody: { kind: 'reset-mid-body' },
  applyThenReset: { kind: 'apply-then-reset' },
  errorIn200: { kind: 'error-in-200', code: 'InternalError' },
  skewed: { kind: 'error', status: 403, code: 'RequestTimeTooSkewed' },
  kmsDenied: {
    kind: 'error',
    status: 403,
    code: 'AccessDenied',
    message: 'is not authorized to perform: kms:GenerateDataKey on this resource',
  },
} as const satisfies Record<string, Fault>

/** Both deliveries fail while S3 has the fault; when it is over they are made again and everything is there. */
async function expectRepaired(fault: Fault): Promise<World> {
  const repaired = await site.newWorld()
  repaired.onRequest = () => fault
  const processes = await Promise.all([repaired.start(), repaired.start()])
  const deliver = () => Promise.all([processes[0]!.invoke(good), processes[1]!.invoke(mixed)])
  for (const { outcome, error, log } of await deliver()) {
    expect([outcome, error?.errorType], log.join('\n')).toEqual(['failed', 'IngestFailed'])
    if ('code' in fault) expect(log.join('\n')).toContain(fault.code)
  }
  await expectAccounted(repaired)
  repaired.onRequest = undefined
  expect((await deliver()).map(({ outcome }) => outcome)).toEqual(['acknowledged', 'acknowledged'])
  await expectAccounted(repaired)
  expect(await repaired.reader.storedRows()).toBe(3)
  return repaired
}

describe('S3', () => {
  it('fault 25: 503 SlowDown, 500 and connections cut before or within the body are tried again', async () => {
    for (const fault of [faults.slowDown, faults.internal, faults.reset, faults.resetMidBody]) {
      world = await site.newWorld()
      world.onRequest = inTries(1, fault)
      expect((await world.deliver(good)).report).toMatchObject({ created: true, events: 2, duplicates: 0 })
      expect((await world.deliver(mixed)).report).toMatchObject({
        created: true,
        events: 1,
        quarantined: { compression: 1 },
      })
      await expectAccounted(world)
      expect(world.requests.map(({ attempt }) => attempt).toSorted()).toEqual([1, 1, 1, 2, 2, 2])
    }
  })

  it('fault 25: 503 SlowDown or 500 to the end fails the invocation, and the next one lands it', async () => {
    await Promise.all([faults.slowDown, faults.internal].map(expectRepaired))
  })

  it('fault 25: connections that are cut to the end fail the invocation, and the next one lands it', async () => {
    await Promise.all([faults.resetMidBody, faults.reset].map(expectRepaired))
  })

  it('fault 25: a PUT that is applied and whose answer is lost is there once and counted once', async () => {
    world.onRequest = inTries(1, faults.applyThenReset)
    expect((await world.deliver(good)).report).toMatchObject({ created: true, events: 2, duplicates: 0 })
    expect((await world.deliver(mixed)).report).toMatchObject({ created: true, events: 1, duplicates: 0 })
    expect((await world.deliver(good)).report).toMatchObject({ created: false, events: 0, duplicates: 2 })
    await expectAccounted(world)
    expect(await world.reader.storedRows()).toBe(3)
  })

  it('fault 25: a PUT that is applied and whose every answer is lost fails the invocation, and is there once', async () => {
    await expectRepaired(faults.applyThenReset)
  })

  it('fault 25: whose object is there cannot be asked, so the invocation fails, and the next one is safe', async () => {
    const ask = inTries(Number.POSITIVE_INFINITY, faults.internal, 'HeadObject')
    world.onRequest = info => ask(info) ?? inTries(1, faults.applyThenReset)(info)
    expect(await world.deliver(good)).toMatchObject({ outcome: 'failed', error: { errorType: 'IngestFailed' } })
    await expectAccounted(world)
    world.onRequest = undefined
    expect((await world.deliver(good)).report).toMatchObject({ created: false, duplicates: 2 })
    await expectAccounted(world)
  })

  it('fault 25: 200 with an error for a body is no success', async () => {
    world.onRequest = inTries(1, faults.errorIn200)
    expect((await world.deliver(good)).report).toMatchObject({ created: true, events: 2 })
    expect(world.requests.map(({ attempt }) => attempt)).toEqual([1, 2])
    await expectAccounted(world)
    await expectRepaired(faults.errorIn200)
  })

  it('fault 25: a clock that is an hour off is corrected by what S3 says', async () => {
    const process = await world.start()
    site.skewMs = 3_600_000
    expect((await process.invoke(good)).report).toMatchObject({ created: true, events: 2 })
    site.skewMs = 0
    await expectAccounted(world)
    expect(world.requests.map(({ attempt }) => attempt)).toEqual([1, 2])
  })

  it('fault 25: a clock that S3 keeps refusing fails the invocation, and the next one lands it', async () => {
    await expectRepaired(faults.skewed)
  })

  it('fault 26: a KMS key that may not be used fails the invocation with what S3 said, and nothing is lost', async () => {
    const { attempts } = await expectRepaired(faults.kmsDenied)
    const denied = attempts.filter(({ outcome }) => outcome === 'failed')
    for (const { log } of denied) expect(log.join('\n')).toContain('kms:GenerateDataKey')
  })

  it('fault 30: without the quarantine an invocation fails, with what could be landed landed', async () => {
    for (const fault of [faults.kmsDenied, faults.internal, faults.reset]) {
      world = await site.newWorld()
      world.onRequest = bucketOf('raw', fault)
      for (const delivery of [mixed, direct(undecodable(secret))]) {
        expect(await world.deliver(delivery)).toMatchObject({ outcome: 'failed', error: { errorType: 'IngestFailed' } })
      }
      await expectAccounted(world)
      expect(await world.reader.events()).toHaveLength(1)
      world.onRequest = undefined
      expect((await world.deliver(mixed)).report).toMatchObject({ duplicates: 1, quarantined: { compression: 1 } })
      await expectAccounted(world)
    }
  })

  it('fault 30: without the main bucket an invocation fails, with what is bad set aside', async () => {
    world.onRequest = bucketOf('main', faults.kmsDenied)
    expect((await world.deliver(mixed)).outcome).toBe('failed')
    expect((await world.deliver(direct(undecodable(secret)))).report?.quarantined).toEqual({ compression: 1 })
    world.onRequest = undefined
    expect((await world.deliver(mixed)).report).toMatchObject({ events: 1, quarantined: { compression: 1 } })
    await expectAccounted(world)
  })
})
