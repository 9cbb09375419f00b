import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { compressed, eventId, events, noon, payload } from '../helpers/payload.js'
import { expectAccounted } from './account.js'
import { batch, direct, kinesis, ownGroupPrefix, secret, undecodable } from './delivery.js'
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

describe('an event', () => {
  it('fault 12: messages that are 0, false, null, empty or blank are messages', async () => {
    const messages = ['0', 'false', 'null', '', '""', ' ', '   ', '\t', '\r\n', 'undefined', '{}', '[]', '-0', 'NaN']
    const { report } = await world.deliver(direct(batch([...events(messages), { timestamp: noon, message: '' }])))
    expect(report).toMatchObject({ events: messages.length + 1, quarantined: {} })
    await expectAccounted(world)
  })

  it('fault 12: what is not text is no message, and is set aside beside the others', async () => {
    const [good] = events([secret])
    const odd = [0, false, null, { text: secret }, undefined].map(message => ({ id: 'x', timestamp: noon, message }))
    const { report } = await world.deliver(direct(batch([...odd, good, null, 7, secret])))
    expect(report).toMatchObject({ events: 1, quarantined: { shape: 1 } })
    await expectAccounted(world)
  })

  it('fault 13: an event of 1 MB, and one of 20 MB, are stored whole', async () => {
    const words = Array.from({ length: 200_000 }, (_, index) => `${secret}-${index * 7919}`).join(' ')
    const sizes = [2 ** 20 - 26, 20 * 2 ** 20]
    const messages = sizes.map(size => words.repeat(Math.ceil(size / words.length)).slice(0, size))
    for (const [index, message] of messages.entries()) {
      const { report } = await world.deliver(direct(batch(events([message], noon + index))))
      expect(report).toMatchObject({ events: 1, created: true })
    }
    await expectAccounted(world)
    expect(await world.reader.stored('SELECT length(message)::INT FROM logs ORDER BY 1')).toEqual(
      sizes.map(size => [size]),
    )
  })

  it('fault 13: an event above the limit of what is decoded is set aside once, and holds nothing up', async () => {
    const record = undecodable(compressed(payload(events([secret.repeat(33 * 2 ** 17)]))))
    const { report } = await world.deliver(kinesis([record, batch(events([`${secret} small`]))]))
    expect(report).toMatchObject({ events: 1, quarantined: { 'too-large': 1 } })
    await expectAccounted(world)
  })

  it('fault 14: 10,000 events of one byte are 10,000 rows', async () => {
    const messages = Array.from({ length: 10_000 }, (_, index) => String(index % 10))
    expect((await world.deliver(direct(batch(events(messages))))).report).toMatchObject({ events: 10_000 })
    await expectAccounted(world)
  })

  it('fault 15: times long ago, ahead, zero, negative, around midnight and where clocks change are kept', async () => {
    const times = [
      noon - 14 * day,
      noon + 2 * 3_600_000,
      0,
      -1,
      -day,
      Date.UTC(2026, 0, 15, 23, 59, 59, 999),
      Date.UTC(2026, 0, 16),
      Date.UTC(2026, 2, 29, 0, 59, 59, 999),
      Date.UTC(2026, 2, 29, 1),
      Date.UTC(2026, 9, 25, 0, 59, 59, 999),
      Date.UTC(2026, 9, 25, 1),
      Date.UTC(9999, 11, 31, 23, 59, 59, 999),
    ]
    const sent = times.map((timestamp, index) => ({ id: `${index}`, timestamp, message: `${secret} ${timestamp}` }))
    await world.deliver(direct(batch(sent)))
    await world.deliver(kinesis(sent.map(event => batch([event]))))
    await expectAccounted(world)
    const rows = await world.reader.stored('SELECT DISTINCT epoch_ms(timestamp) FROM logs ORDER BY 1')
    expect(rows.map(([time]) => Number(time))).toEqual(times.toSorted((a, b) => a - b))
  })

  it('fault 15: a time that no table can hold sets its event aside', async () => {
    const times = [2 ** 53, 2 ** 60, 1e300, -1e300, 1.5, '1768478400000', null, Date.UTC(9999, 11, 31) + 2 * day]
    const odd = times.map(timestamp => ({ id: eventId(noon, 1), timestamp, message: secret }))
    const { report } = await world.deliver(direct(batch([...events([secret]), ...odd])))
    expect(report).toMatchObject({ events: 1, quarantined: { shape: 1 } })
    await expectAccounted(world)
  })

  it('fault 17: an event twice is one, the same text under two ids is two, another text under an id is set aside', async () => {
    const [a, b] = events([`${secret} same`, `${secret} same`])
    const other = { ...a, message: `${secret} other` }
    const { report } = await world.deliver(direct(batch([a, a, b, other, a])))
    expect(report).toMatchObject({ events: 2, duplicates: 2, quarantined: { 'id-conflict': 1 } })
    await world.deliver(kinesis([batch([a]), batch([b]), batch([a, b])]))
    await expectAccounted(world)
    expect(await world.reader.events()).toHaveLength(2)
  })

  it('fault 18: log groups with =, /, dots, quotes and percent signs are values and never paths', async () => {
    const groups = [
      'dt=2026-01-15/a=b',
      '/../../etc',
      '//',
      '.',
      'a b',
      "it's",
      '"',
      '%2F',
      '#',
      'ä'.repeat(200),
      '\\',
      '',
    ]
    await world.deliver(kinesis(groups.map(logGroup => batch(events([secret]), { logGroup, logStream: logGroup }))))
    for (const logGroup of groups) await world.deliver(direct(batch(events([`${secret} 2`], noon + 5), { logGroup })))
    await expectAccounted(world)
    for await (const { key } of world.main.list('')) {
      expect(key).toMatch(/^lake\/landing\/2026-01-15\/\d{13}-\d{13}-[0-9a-f]{24}\.parquet$/)
    }
  })

  it('fault 18: JSON with odd, repeated, very many or very deep members is kept as it came', async () => {
    const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`key ${index}`, index]))
    const messages = [
      '{"Level":"info","level":"warn","LEVEL":3}',
      '{"a.b":1,"a":{"b":2},"":3,"a=b/c":4}',
      `{"a":1,"a":"${secret}","a":[]}`,
      '{"__proto__":{"polluted":true},"constructor":1,"toString":2}',
      JSON.stringify(many),
      ...[1_000, 100_000].flatMap(depth => [
        `${'['.repeat(depth)}${']'.repeat(depth)}`,
        `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`,
      ]),
    ]
    for (const logGroup of ['/ecs/odd', '/redacted/odd', 'aws-cloudtrail-logs-odd', '/aws/lambda/odd']) {
      const { report } = await world.deliver(direct(batch(events(messages), { logGroup })))
      expect(report).toMatchObject({ events: messages.length, quarantined: {} })
    }
    await expectAccounted(world)
  })

  it('fault 18: very many and deep members beside the message are kept, and too deep ones set their record aside', async () => {
    const nested = (depth: number) => JSON.parse(`${'{"a":'.repeat(depth)}"${secret}"${'}'.repeat(depth)}`)
    const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`key.${index}`, index]))
    const [event] = events([secret])
    for (const logGroup of ['/ecs/odd', '/redacted/odd']) {
      await world.deliver(direct(batch([{ ...event, extractedFields: many }], { logGroup, deep: nested(400) })))
      const text = JSON.stringify(payload([event], { logGroup }))
      const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
      const records = [`{"deep":${deep},${text.slice(1)}`, text.replace('"message"', `"a":${deep},"message"`)]
      const { report } = await world.deliver(kinesis(records.map(record => undecodable(compressed(record)))))
      expect(report?.quarantined).toEqual({ shape: 2 })
    }
    await expectAccounted(world)
    const rows = await world.reader.stored('SELECT extra FROM logs')
    const extra = JSON.stringify({ deep: nested(400), extractedFields: many })
    expect(rows.map(([text]) => text === extra)).toEqual([true, true])
  })

  it('fault 19: a field that is a number, then text, then an object is read from all files together', async () => {
    const values = ['200', '"200"', '{"code":200}', '[200]', 'null', '200.5', 'true']
    for (const [index, value] of values.entries()) {
      const messages = [`{"status":${value},"by":"${secret}"}`, `level=info status=${value.replaceAll('"', '')} by=x`]
      await world.deliver(direct(batch(events(messages, noon + index * 10))))
    }
    await expectAccounted(world)
    const found = await world.reader.ask(
      'fields @message, status, status.code, status.0 | sort @timestamp asc, @message desc',
    )
    const json = found.filter(row => row['@message']!.startsWith('{'))
    expect(json.map(({ '@message': _, '@ptr': __, ...fields }) => fields)).toEqual([
      { status: '200' },
      { status: '200' },
      { 'status.code': '200' },
      { 'status.0': '200' },
      {},
      { status: '200.5' },
      { status: '1' },
    ])
    const lines = found.filter(row => row['@message']!.startsWith('level'))
    expect(lines.map(({ status }) => status)).toEqual(values.map(value => value.replaceAll('"', '')))
  })

  it('fault 20: numbers that no double holds, and text like NaN, are kept digit by digit', async () => {
    const numbers = [
      '9007199254740993',
      '-9223372036854775809',
      '1e400',
      '-1e400',
      '1e-400',
      '0.1000000000000000055511',
      '-0',
    ]
    const json = [...numbers, 'NaN', 'Infinity', '0x10', '1_000', '.5', '5.', '007'].map(
      text => `{"n":${text},"m":"${secret}"}`,
    )
    const sent = [...json, ...numbers, 'n=9007199254740993 level=info', 'level=info n=1e400 by=x']
    expect((await world.deliver(direct(batch(events(sent))))).report).toMatchObject({ events: sent.length })
    await expectAccounted(world)
    const fields = await world.reader.stored("SELECT fields['n'] FROM logs WHERE format = 'logfmt' ORDER BY timestamp")
    expect(fields).toEqual([['9007199254740993'], ['1e400']])
  })

  it('faults 12, 14: events left out by sampling, and those of own groups, are counted and the same every time', async () => {
    const messages = Array.from({ length: 200 }, (_, index) => `${secret} ${index}`)
    const [sampled, own] = [{ logGroup: '/sampled/web' }, { logGroup: `${ownGroupPrefix}ingest` }]
    const first = await world.deliver(kinesis([batch(events(messages), sampled), batch(events(['a', 'b', 'c']), own)]))
    expect(first.report).toMatchObject({ refused: 3, sampled: expect.any(Number) })
    expect(first.report!.sampled).toBeGreaterThan(50)
    const again = await world.deliver(direct(batch(events(messages), sampled)))
    const { sampled: dropped, events: kept } = first.report!
    expect(again.report).toMatchObject({ sampled: dropped, events: 0, duplicates: kept })
    await world.deliver(direct(batch(events(messages).slice(0, 40), sampled)))
    await expectAccounted(world)
  })
})
