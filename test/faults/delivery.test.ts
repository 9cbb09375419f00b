import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { events, noon } from '../helpers/payload.js'
import { expectAccounted } from './account.js'
import { batch, type Delivery, direct, kinesis, secret, undecodable } from './delivery.js'
import type { Moment } from './held-buckets.js'
import { killedAt } from './kill.js'
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

const day = 86_400_000

/** Three days of events, a record that cannot be decoded and one that holds an event that is none: three objects. */
const threeObjects: Delivery = kinesis([
  ...[0, 1, 2].map(days => batch(events([`${secret} a`, `${secret} b`], noon - days * day))),
  undecodable(secret),
  batch([...events([`${secret} beside`], noon + 5), { timestamp: noon, message: { not: secret } }]),
])
const small: Delivery = direct(batch(events([`${secret} a`, `${secret} b`])))

function nameOf({ when, operation, place }: Moment): string {
  return `${when} ${operation} ${place}`
}

function promise(): { readonly done: Promise<void>; readonly resolve: () => void } {
  let resolve = () => {}
  const done = new Promise<void>(resolved => {
    resolve = resolved
  })
  return { done, resolve }
}

describe('a delivery', () => {
  it('fault 16: one batch that spans three days is one object, also when killed after two of its three PUTs', async () => {
    let puts = 0
    const first = await killedAt(world, threeObjects, moment => {
      if (moment.when === 'after' && moment.operation === 'put') puts++
      return puts === 2
    })
    expect(first.outcome).toBe('killed')
    await expectAccounted(world)
    expect((await world.deliver(threeObjects)).outcome).toBe('acknowledged')
    await expectAccounted(world)
    expect(await world.reader.storedRows()).toBe(7)
  })

  it('fault 21: two processes race for one key, and S3 lets one of them win (412)', async () => {
    const processes = await Promise.all([world.start(), world.start()])
    const both = promise()
    let waiting = 0
    world.onMoment = moment => {
      if (nameOf(moment) !== 'before put landing') return
      if (++waiting === 2) both.resolve()
      return both.done
    }
    const attempts = await Promise.all(processes.map(process => process.invoke(small)))
    const counts = attempts.map(({ report }) => [report?.created, report?.events, report?.duplicates])
    expect(counts.toSorted()).toEqual([
      [false, 0, 2],
      [true, 2, 0],
    ])
    await expectAccounted(world)
    expect(await world.reader.storedRows()).toBe(2)
  })

  it('fault 21: S3 answers both racers that a conflicting write is under way (409), and they try again', async () => {
    const processes = await Promise.all([world.start(), world.start()])
    let conflicts = 0
    world.onRequest = ({ operation }) =>
      operation === 'PutObject' && conflicts++ < 4
        ? { kind: 'error', status: 409, code: 'ConditionalRequestConflict' }
        : undefined
    const attempts = await Promise.all(processes.map(process => process.invoke(small)))
    expect(attempts.map(({ report }) => report?.created).toSorted()).toEqual([false, true])
    await expectAccounted(world)
    expect(conflicts).toBe(6)
  })

  it('fault 21: a conflict that does not end fails the invocation, and the next one lands it', async () => {
    world.onRequest = () => ({ kind: 'error', status: 409, code: 'ConditionalRequestConflict' })
    expect(await world.deliver(small)).toMatchObject({ outcome: 'failed', error: { errorType: 'IngestFailed' } })
    await expectAccounted(world)
    world.onRequest = undefined
    expect((await world.deliver(small)).report).toMatchObject({ created: true, events: 2 })
    await expectAccounted(world)
  })

  it('fault 22: a retry after a timeout at which the PUT was done finds it done', async () => {
    const answer = promise()
    world.onMoment = moment => (nameOf(moment) === 'after put landing' ? answer.done : undefined)
    const process = await world.start({ timeoutSeconds: 2 })
    expect(await process.invoke(small)).toMatchObject({ outcome: 'failed', error: { errorType: 'IngestFailed' } })
    answer.resolve()
    world.onMoment = undefined
    await expectAccounted(world)
    expect((await world.deliver(small)).report).toMatchObject({ created: false, events: 0, duplicates: 2 })
    await expectAccounted(world)
    expect(await world.reader.events()).toHaveLength(2)
  })

  it('fault 23: killed before it has asked S3 for anything, it has done nothing', async () => {
    const process = await world.start()
    const running = process.invoke(threeObjects)
    await process.kill()
    expect((await running).outcome).toBe('killed')
    await expectAccounted(world)
    expect(world.requests).toEqual([])
    expect((await world.deliver(threeObjects)).report).toMatchObject({ created: true, events: 7 })
    await expectAccounted(world)
  })

  it('fault 23: killed before or after any of its requests is applied, one retry makes it whole', async () => {
    const moments = ['landing', 'quarantine/compression', 'quarantine/shape'].flatMap(place => [
      `before put ${place}`,
      `after put ${place}`,
    ])
    for (const moment of moments) {
      world = await site.newWorld()
      expect((await killedAt(world, threeObjects, found => nameOf(found) === moment)).outcome).toBe('killed')
      await expectAccounted(world)
      expect((await world.deliver(threeObjects)).outcome).toBe('acknowledged')
      await expectAccounted(world)
      expect(await world.reader.storedRows()).toBe(7)
    }
  })

  it('fault 23: killed at every request of every retry, it is exact after each of them', async () => {
    const done: string[] = []
    for (;;) {
      const isNew = (moment: Moment) => !done.includes(nameOf(moment)) && done.push(nameOf(moment)) > 0
      const { outcome } = await killedAt(world, threeObjects, isNew)
      await expectAccounted(world)
      if (outcome === 'acknowledged') break
    }
    const places = ['landing', 'quarantine/compression', 'quarantine/shape']
    const requests = places.flatMap(place => [`put ${place}`, `head ${place}`])
    expect(done.toSorted()).toEqual(requests.flatMap(request => [`after ${request}`, `before ${request}`]).toSorted())
    expect(await world.reader.storedRows()).toBe(7)
  })

  it('fault 23: killed after the answer and before anybody has read it, it is delivered again and there once', async () => {
    const process = await world.start()
    const { report } = await process.invoke(threeObjects)
    await process.kill()
    const again = await world.deliver(threeObjects)
    expect([report?.events, again.report?.events, again.report?.duplicates]).toEqual([7, 0, 7])
    await expectAccounted(world)
  })

  it('fault 24: with 5 s left and an S3 that does not answer, it fails by itself and says why', async () => {
    const answer = promise()
    world.onMoment = () => answer.done
    const process = await world.start({ timeoutSeconds: 5 })
    const { outcome, error, log } = await process.invoke(threeObjects)
    expect(outcome).toBe('failed')
    expect(error).toMatchObject({
      errorType: 'IngestFailed',
      errorMessage: 'ingest: the store had not answered when the time was up',
    })
    expect(log.join('\n')).not.toContain('Task timed out')
    answer.resolve()
    world.onMoment = undefined
    expect((await world.deliver(threeObjects)).outcome).toBe('acknowledged')
    await expectAccounted(world)
  })
})
