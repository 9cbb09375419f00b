import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { failureKey, failureRecord } from '../../local/lambda/failure-record.js'
import { events, noon } from '../helpers/payload.js'
import { expectAccounted } from './account.js'
import { ingestDefinition } from './built-function.js'
import { batch, type Delivery, direct, type Item, kinesis, secret, undecodable } from './delivery.js'
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

const denied = { kind: 'error', status: 403, code: 'AccessDenied' } as const
const mixed: Delivery = kinesis([batch(events([`${secret} a`, `${secret} b`])), undecodable(secret)])

interface RecordedEvent {
  readonly awslogs: { readonly data: string }
}

/** The events in the records that Lambda has left in the raw bucket, found through S3, by key. */
async function failedEvents(): Promise<Map<string, RecordedEvent>> {
  const found = new Map<string, RecordedEvent>()
  for await (const { key } of world.rawOverS3.list('aws/lambda/async/')) {
    found.set(key, JSON.parse(Buffer.from((await world.raw.get(key)).body).toString('utf8')).requestPayload)
  }
  return found
}

/** The one delivery that is recorded. */
async function failedDelivery({ items }: Delivery): Promise<Delivery> {
  const [event, ...others] = (await failedEvents()).values()
  expect(others).toEqual([])
  return { event, items }
}

describe('a delivery that failed to the end', () => {
  it('fault 27: is recorded whole in the raw bucket after two retries, and invoking with the record restores it', async () => {
    const queue = await world.startQueue()
    world.onRequest = ({ bucket }) => (bucket?.startsWith('main') ? denied : undefined)
    expect(await queue.enqueue(mixed)).toMatchObject({ attempts: 3, outcome: 'recorded' })
    await expectAccounted(world)
    const record = await failedDelivery(mixed)
    expect(record.event).toEqual(mixed.event)
    world.onRequest = undefined
    expect((await world.deliver(record)).report).toMatchObject({ events: 2, created: true })
    await expectAccounted(world)
  })

  it('faults 24, 27: out of memory three times, it is recorded, and more memory restores it', async () => {
    const large = direct(batch(events(Array.from({ length: 24 }, (_, index) => `${secret} ${index}`.padEnd(2 ** 20)))))
    const queue = await world.startQueue({ memoryMb: 128 })
    expect(await queue.enqueue(large)).toMatchObject({ attempts: 3, outcome: 'recorded' })
    expect(world.attempts.map(({ outcome }) => outcome)).toEqual(['killed', 'killed', 'killed'])
    expect(world.attempts.at(-1)?.error?.errorType).toBe('Runtime.ExitError')
    await expectAccounted(world)
    const record = await failedDelivery(large)
    const process = await world.start({ memoryMb: 1024 })
    expect((await process.invoke(record)).report).toMatchObject({ events: 24, created: true })
    await expectAccounted(world)
  })

  it('fault 28: replayed twice, and twice at the same time, it is there once and counted once', async () => {
    const queue = await world.startQueue()
    world.onRequest = () => denied
    await queue.enqueue(mixed)
    world.onRequest = undefined
    const record = await failedDelivery(mixed)
    const processes = await Promise.all([world.start(), world.start()])
    const together = await Promise.all(processes.map(process => process.invoke(record)))
    const later = await Promise.all([processes[0]!.invoke(record), processes[1]!.invoke(mixed)])
    const reports = [...together, ...later].map(({ report }) => report!)
    expect(reports.map(({ created }) => created).toSorted()).toEqual([false, false, false, true])
    expect(reports.reduce((sum, report) => sum + report.events, 0)).toBe(2)
    await expectAccounted(world)
  })

  it('fault 29: more than 1,000 of them are all found, and what fails again stays until it has succeeded', async () => {
    const count = 1_050
    const items = new Map<string, Item>()
    const definition = ingestDefinition({ main: '', raw: '' }, {})
    for (let index = 0; index < count; index++) {
      const isBad = index % 10 === 9
      const item = isBad ? undecodable(`${secret} ${index}!`) : batch(events([secret], noon + index * 10))
      const payload = Buffer.from(JSON.stringify(direct(item).event))
      const failed = { requestId: 'r', payload, condition: 'RetriesExhausted', attempts: 3, last: undefined } as const
      const key = failureKey('ingest', new Date(noon + index), String(index))
      items.set(key, item)
      await world.raw.put(key, Buffer.from(failureRecord(definition, failed, new Date(noon))))
    }
    let puts = 0
    world.onRequest = ({ operation }) => (operation === 'PutObject' && ++puts % 7 === 0 ? denied : undefined)
    expect(await replay(items)).toBe(count)
    const failures = world.attempts.filter(({ outcome }) => outcome === 'failed').length
    expect(failures).toBeGreaterThan(10)
    expect((await failedEvents()).size).toBe(failures * 10)
    await expectAccounted(world)
    world.onRequest = undefined
    expect(await replay(items)).toBe(failures * 10)
    expect((await failedEvents()).size).toBe(0)
    await expectAccounted(world)
    expect(await world.reader.events()).toHaveLength((count * 9) / 10)
  })
})

/**
 * Delivers what is recorded, ten records at a time, and deletes those that succeeded, after they have.
 * @param items what the records hold
 * @returns how many there were
 */
async function replay(items: ReadonlyMap<string, Item>): Promise<number> {
  const found = [...(await failedEvents())]
  const done: string[] = []
  for (let from = 0; from < found.length; from += 10) {
    const some = found.slice(from, from + 10)
    const recorded = some.map(([key, { awslogs }]) => ({ ...items.get(key)!, data: awslogs.data }))
    const { outcome } = await world.deliver(kinesis(recorded))
    if (outcome === 'acknowledged') done.push(...some.map(([key]) => key))
  }
  await world.rawOverS3.delete(done)
  return found.length
}
