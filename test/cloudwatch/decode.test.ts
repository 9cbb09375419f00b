import { deflateSync, gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { decodePayload, decodeRecord, unknownEventMembers } from '../../shared/cloudwatch/decode.js'
import { decodeBase64 } from '../../shared/cloudwatch/decompress.js'
import { recordsOf } from '../../shared/cloudwatch/lambda-event.js'
import { maxTimestamp, minTimestamp } from '../../shared/parquet/schema.js'
import { compressed, controlMessage, events, kinesisEvent, lambdaEvent, noon, payload } from '../helpers/payload.js'

const limits = { maxDecodedBytes: 1_000_000, minTimestamp, maxTimestamp }
const decode = (bytes: Uint8Array) => decodeRecord(bytes, limits)

describe('a record', () => {
  it('decodes from gzip', () => {
    const logEvents = events(['one', 'two'])
    expect(decode(compressed(payload(logEvents)))).toEqual({
      kind: 'data',
      malformed: null,
      payload: { ...payload(logEvents), unknown: null },
    })
  })

  it('decodes from zlib and from gzip of several members', () => {
    const text = JSON.stringify(payload(events(['one'])))
    expect(decode(deflateSync(text)).kind).toBe('data')
    const members = [text.slice(0, 40), text.slice(40, 41), text.slice(41)].map(part => gzipSync(part))
    expect(decode(Buffer.concat(members)).kind).toBe('data')
  })

  it('is a control message whatever else it holds', () => {
    expect(decode(compressed(controlMessage))).toEqual({ kind: 'control' })
    expect(decode(compressed({ messageType: 'CONTROL_MESSAGE' }))).toEqual({ kind: 'control' })
  })

  it('keeps members that nobody told us of', () => {
    const logEvents = [{ ...events(['one'])[0], extractedFields: { ip: '192.0.2.1' }, next: 1 }]
    const decoded = decode(compressed(payload(logEvents, { policyLevel: 'ACCOUNT_LEVEL_POLICY', future: [true] })))
    if (decoded.kind !== 'data') throw new Error(decoded.kind)
    expect({ ...decoded.payload.unknown }).toEqual({ policyLevel: 'ACCOUNT_LEVEL_POLICY', future: [true] })
    expect({ ...unknownEventMembers(decoded.payload.logEvents[0]!) }).toEqual({
      extractedFields: { ip: '192.0.2.1' },
      next: 1,
    })
  })

  it.each([
    ['plain text', Buffer.from('hello'), 'compression', '5 bytes are neither gzip nor zlib'],
    ['nothing', Buffer.alloc(0), 'compression', '0 bytes are neither gzip nor zlib'],
    [
      'a cut-off gzip',
      compressed(payload(events(['x']))).subarray(0, -12),
      'compression',
      'gzip: unexpected end of file',
    ],
    ['a wrong checksum', withWrongChecksum(), 'compression', 'gzip: incorrect data check'],
    ['invalid UTF-8', gzipSync(Buffer.from([0x7b, 0xff, 0x7d])), 'utf8', '3 decompressed bytes are not UTF-8'],
    ['no JSON', compressed('{"messageType":'), 'json', '15 characters are not a JSON object'],
    ['a JSON list', compressed('[]'), 'json', '2 characters are not a JSON object'],
    ['no messageType', compressed({}), 'shape', 'messageType is not text'],
    [
      'an unknown messageType',
      compressed(payload([], { messageType: 'NEWS' })),
      'message-type',
      'messageType of 4 characters is unknown',
    ],
    ['no logEvents', compressed(payload([], { logEvents: undefined })), 'shape', 'logEvents is not a list'],
    ['a group that is not text', compressed(payload([], { logGroup: 5 })), 'shape', 'logGroup is not text'],
  ])('with %s says what was wrong', (_, bytes, reason, detail) => {
    expect(decode(bytes)).toEqual({ kind: 'failure', failure: { reason, detail } })
  })

  it('sets malformed events aside and keeps the good ones beside them', () => {
    const [good] = events(['fine'])
    const bad = [
      null,
      { timestamp: noon },
      { timestamp: 0.5, message: 'x' },
      { timestamp: 2 ** 53, message: 'x' },
      { ...good, id: 7 },
    ]
    const decoded = decode(compressed(payload([bad[0], good, ...bad.slice(1)])))
    if (decoded.kind !== 'data') throw new Error(decoded.kind)
    expect(decoded.payload.logEvents).toEqual([good])
    expect(decoded.malformed?.events).toEqual(bad)
    expect(decoded.malformed?.failure).toEqual({
      reason: 'shape',
      detail: '5 of 6 events, first event 0: not an object',
    })
  })

  it('takes event times from the year 1 to 9999 and no others', () => {
    const kept = [minTimestamp, -1, 0, maxTimestamp].map(timestamp => ({ timestamp, message: 'x' }))
    const refused = [minTimestamp - 1, maxTimestamp + 1].map(timestamp => ({ timestamp, message: 'x' }))
    const decoded = decode(compressed(payload([...kept, ...refused])))
    expect(decoded).toMatchObject({ payload: { logEvents: kept }, malformed: { events: refused } })
  })

  it('fails when it nests deeper than can be written again', () => {
    const nested = (depth: number): unknown => JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`)
    const [event] = events(['one'])
    const failure = { reason: 'shape', detail: 'members nest deeper than 500' }
    for (const members of [payload([event], { deep: nested(500) }), payload([{ ...event, deep: nested(500) }])]) {
      expect(decode(compressed(members))).toEqual({ kind: 'failure', failure })
    }
    expect(decode(compressed(payload([{ ...event, deep: nested(499) }], { deep: nested(499) }))).kind).toBe('data')
  })

  it('never quotes the payload in a failure', () => {
    const secret = 'swordfish'
    for (const text of [
      `{"a": ${secret}`,
      JSON.stringify({ messageType: secret }),
      JSON.stringify(payload([{ message: [secret] }])),
    ]) {
      const decoded = decodePayload(text, limits)
      const failure =
        decoded.kind === 'failure' ? decoded.failure : decoded.kind === 'data' ? decoded.malformed?.failure : null
      expect(JSON.stringify(failure)).toContain('reason')
      expect(JSON.stringify(failure)).not.toContain(secret)
    }
  })
})

describe('decompression', () => {
  it('stops at the bound, whatever the trailer declares', () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000), { level: 9 })
    const before = process.memoryUsage().rss
    const decoded = decode(bomb)
    expect(decoded).toEqual({
      kind: 'failure',
      failure: { reason: 'too-large', detail: `${bomb.length} bytes inflate to more than 1000000` },
    })
    expect(process.memoryUsage().rss - before).toBeLessThan(40_000_000)
  })

  it('believes no size that the sender declares', () => {
    const bytes = compressed(payload(events(['one'])))
    for (const declared of [0, 1, 0xffffffff]) {
      const copy = Buffer.from(bytes)
      copy.writeUInt32LE(declared, copy.length - 4)
      expect(decode(copy)).toMatchObject({ kind: 'failure', failure: { reason: 'compression' } })
    }
  })
})

describe('base64', () => {
  it.each([0, 1, 2, 3, 4, 1000])('of %i bytes decodes with and without padding and with line breaks', length => {
    const bytes = Buffer.from(Array.from({ length }, (_, index) => index % 256))
    const text = bytes.toString('base64')
    expect(decodeBase64(text)).toEqual(bytes)
    expect(decodeBase64(text.replace(/=+$/, ''))).toEqual(bytes)
    expect(decodeBase64(`${text.slice(0, 5)}\r\n${text.slice(5)}`)).toEqual(bytes)
  })

  it.each([
    ['AAA*', 'character 3 is not base64'],
    ['AA=A', 'character 2 is not base64'],
    ['AA-_', 'character 2 is not base64'],
    ['A', '1 characters end mid-byte'],
  ])('of %s is refused', (text, detail) => {
    expect(decodeBase64(text)).toEqual({ reason: 'base64', detail })
  })
})

describe('an invocation', () => {
  it('holds one record when Lambda is subscribed directly', () => {
    const event = lambdaEvent(payload([]))
    expect(recordsOf(event)).toMatchObject([{ source: 'lambda', raw: event.awslogs.data }])
  })

  it('holds the records of a Kinesis batch in order, each with its own bytes or failure', () => {
    const records = recordsOf(kinesisEvent([payload([]), '***', controlMessage]))
    if (!Array.isArray(records)) throw new Error('no records')
    expect(records.map(record => ('reason' in record.bytes ? record.bytes.reason : decode(record.bytes).kind))).toEqual(
      ['data', 'base64', 'control'],
    )
    expect(records[1].source).toBe('shardId-000000000000:1001')
  })

  it.each([[undefined], [null], [5], [{}], [{ Records: [{ s3: {} }] }], [{ awslogs: 'text' }]])(
    'of another shape is a failure: %j',
    event => {
      expect(recordsOf(event)).toEqual({ reason: 'event', detail: 'neither awslogs.data nor Records[].kinesis' })
    },
  )

  it('whose data is not text is a failure of that record', () => {
    expect(recordsOf({ awslogs: { data: 5 } })).toMatchObject([
      { bytes: { reason: 'base64', detail: 'awslogs.data is not text' } },
    ])
  })
})

function withWrongChecksum(): Buffer {
  const bytes = Buffer.from(compressed(payload([])))
  bytes.writeUInt32LE(bytes.readUInt32LE(bytes.length - 8) ^ 1, bytes.length - 8)
  return bytes
}
