import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { compressed, events, noon, payload } from '../helpers/payload.js'
import { expectAccounted } from './account.js'
import { batch, control, direct, encoded, foreign, kinesis, secret, undecodable } from './delivery.js'
import { gzipBomb } from './gzip-bomb.js'
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

/** Delivers records beside good ones, directly too, to a new world: each must be in the quarantine under the reason. */
async function expectQuarantined(reason: string, ...data: readonly (string | Uint8Array)[]): Promise<void> {
  world = await site.newWorld()
  const bad = data.map(undecodable)
  const [before, after] = [batch(events([`${secret} before`])), batch(events([`${secret} after`], noon + 60_000))]
  const { report } = await world.deliver(kinesis([before, ...bad, after]))
  expect(report).toMatchObject({ events: 2, quarantined: { [reason]: bad.length } })
  expect(Object.keys(report!.quarantined)).toEqual([reason])
  // A record that has been set aside once is not set aside again.
  for (const item of bad) expect((await world.deliver(direct(item))).report?.quarantined).toEqual({ [reason]: 1 })
  await expectAccounted(world)
}

async function quarantineKeys(): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of world.raw.list('')) keys.push(key)
  return keys
}

describe('an envelope', () => {
  it('fault 1: a control message, direct and in a Kinesis batch, is no row and no error', async () => {
    expect((await world.deliver(direct(control()))).report).toMatchObject({ controlMessages: 1, events: 0, key: null })
    const mixed = kinesis([control(), batch(events([`${secret} a`])), control()])
    expect((await world.deliver(mixed)).report).toMatchObject({ controlMessages: 2, events: 1 })
    await expectAccounted(world)
    expect(await quarantineKeys()).toEqual([])
  })

  it('fault 2: an unknown messageType goes to the quarantine as such', async () => {
    const unknown = { ...payload(events([secret])), messageType: `NEW_${secret}` }
    await expectQuarantined('message-type', compressed(unknown))
    await expectQuarantined('shape', compressed({ ...unknown, messageType: 7 }))
  })

  it('fault 3: without logEvents a record goes to the quarantine, and one with none of them is nothing', async () => {
    const { logEvents: _, ...without } = payload([])
    await expectQuarantined('shape', compressed(without), compressed({ ...without, logEvents: { 0: secret } }))
    const { report } = await world.deliver(direct(batch([])))
    expect(report).toMatchObject({ events: 0, batches: 0, key: null, quarantined: {} })
    await expectAccounted(world)
  })

  it('fault 4: bad base64 is quarantined as it came, not as what it would decode to', async () => {
    const whole = compressed(payload(events([secret]))).toString('base64')
    await expectQuarantined('base64', `${whole.slice(0, 40)}!${whole.slice(40)}`, `${whole.slice(0, 41)}`, '?')
  })

  it('fault 4: an invocation that is of neither kind is quarantined whole', async () => {
    for (const event of [{ Records: [{ s3: { object: { key: secret } } }] }, { hello: secret }, [], 'text', null]) {
      expect((await world.deliver(foreign(event))).report?.quarantined).toEqual({ event: 1 })
    }
    await expectAccounted(world)
  })

  it('fault 5: truncated gzip and a wrong checksum are quarantined as damaged, never half decoded', async () => {
    const whole = compressed(payload(events(Array.from({ length: 50 }, (_, index) => `${secret} ${index}`))))
    const damaged = Buffer.from(whole)
    damaged[whole.length - 6]! ^= 0xff
    const shortened = Buffer.from(whole)
    shortened[whole.length - 1]! ^= 0x01
    await expectQuarantined('compression', whole.subarray(0, -20), whole.subarray(0, 5), damaged, shortened)
  })

  it('fault 6: several gzip members are one payload', async () => {
    const value = payload(events([`${secret} a`, `${secret} b`]))
    const text = Buffer.from(JSON.stringify(value))
    const members = Buffer.concat([0, 100, 101].map((from, at, all) => gzipSync(text.subarray(from, all[at + 1]))))
    expect((await world.deliver(direct(encoded(value, members)))).report).toMatchObject({ events: 2, created: true })
    await expectAccounted(world)
  })

  it('fault 7: a gzip bomb of 500 MB, in one member or many, is quarantined within 256 MB of memory', async () => {
    const process = await world.start({ memoryMb: 256 })
    const bombs = gzipBomb(500)
    for (const bomb of bombs) expect(bomb.length).toBeLessThan(1_000_000)
    const good = batch(events([`${secret} beside`]))
    const { report } = await process.invoke(kinesis([good, ...bombs.map(undecodable)]))
    expect(report).toMatchObject({ events: 1, quarantined: { 'too-large': 2 } })
    await expectAccounted(world)
  })

  it('fault 8: what is not JSON or not UTF-8 is quarantined under its own name', async () => {
    const text = JSON.stringify(payload(events([secret])))
    await expectQuarantined('json', compressed(text.slice(0, -1)), compressed(`[${text}]`), compressed('null'))
    const latin = Buffer.from(text.replace(secret, `${secret} \u00e9`), 'latin1')
    await expectQuarantined('utf8', compressed(latin))
  })

  it('fault 8: lone surrogates and NUL are kept', async () => {
    const messages = [`${secret} half \ud83d here`, `${secret} whole \u{1f4a7}`, `${secret} nul \0 and more`]
    await world.deliver(direct(batch(events(messages))))
    await expectAccounted(world)
    const rows = await world.reader.stored('SELECT message, extra FROM logs ORDER BY timestamp')
    expect(rows).toEqual([
      [messages[0]!.toWellFormed(), expect.stringContaining('\\ud83d')],
      [messages[1], null],
      [messages[2], null],
    ])
    expect(JSON.parse(String(rows[0]![1]))).toEqual({ '@message': messages[0] })
  })

  it('fault 9: members of the envelope and of an event that nobody knows are kept', async () => {
    const [first, second] = events([`${secret} a`, `${secret} b`])
    const withFields = { ...first, extractedFields: { status: '200', '@aws.region': 'eu-central-1' }, rank: 3 }
    const sent = batch([withFields, second], { policyLevel: 'ACCOUNT_LEVEL_POLICY', nested: { deep: [secret] } })
    await world.deliver(direct(sent))
    await expectAccounted(world)
    const rows = await world.reader.stored('SELECT extra, region FROM logs ORDER BY timestamp')
    const envelope = { policyLevel: 'ACCOUNT_LEVEL_POLICY', nested: { deep: [secret] } }
    expect(rows.map(([extra, region]) => [JSON.parse(String(extra)), region])).toEqual([
      [{ ...envelope, extractedFields: withFields.extractedFields, rank: 3 }, 'eu-central-1'],
      [envelope, 'us-east-1'],
    ])
  })

  it('fault 10: events of another account, or of an owner that is none, are stored under it and apart', async () => {
    const same = events([`${secret} a`])
    const owners = ['123456789012', '111122223333', 'nobody', '']
    await world.deliver(kinesis(owners.map(owner => batch(same, { owner }))))
    await expectAccounted(world)
    const rows = await world.reader.stored('SELECT account_id FROM logs')
    expect(rows.map(([owner]) => owner).sort()).toEqual(owners.toSorted())
  })

  it('fault 10: a batch that names two filters, or comes once through each, is there once', async () => {
    const sent = events([`${secret} a`, `${secret} b`])
    const through = (...subscriptionFilters: readonly string[]) => batch(sent, { subscriptionFilters })
    const reports = []
    for (const item of [through('one', 'two'), through('one'), through('two')]) {
      reports.push((await world.deliver(direct(item))).report)
    }
    expect(reports.map(report => [report?.events, report?.duplicates])).toEqual([
      [2, 0],
      [0, 2],
      [0, 2],
    ])
    await world.deliver(kinesis([through('one'), through('two')]))
    await expectAccounted(world)
  })

  it('fault 11: a Kinesis batch with one bad record among 100 lands the other 99 and sets the one aside', async () => {
    const good = Array.from({ length: 99 }, (_, index) =>
      batch(events([`${secret} ${index} ${'x'.repeat(index * 10)}`], noon + index * 1_000)),
    )
    const bad = undecodable(gunzipSync(Buffer.from(good[50]!.data, 'base64')))
    const { report } = await world.deliver(kinesis([...good.slice(0, 50), bad, ...good.slice(50)]))
    expect(report).toMatchObject({ batches: 99, events: 99, quarantined: { compression: 1 } })
    await expectAccounted(world)
    const { metadata } = await world.raw.head((await quarantineKeys())[0]!)
    expect(metadata).toMatchObject({ reason: 'compression', source: 'shardId-000000000000:1050' })
  })
})
