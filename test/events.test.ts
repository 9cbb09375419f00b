import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createEventIdSplitter, joinEventId } from '../shared/cloudwatch/event-id.js'
import type { SubscriptionPayload } from '../shared/cloudwatch/payload.js'
import type { Level } from '../shared/enrich/format.js'
import { createVpcFlowFormat } from '../shared/enrich/formats/vpc-flow.js'
import { createLine } from '../shared/enrich/line.js'
import { createRecogniser } from '../shared/enrich/recognise.js'

interface Sample {
  readonly id: string
  readonly file: string
  readonly format: string
  readonly source: string
  readonly licence: string
  readonly real: boolean
  readonly covers: string
  /** Of a VPC flow log in a custom layout. */
  readonly columns?: readonly string[]
}

interface Row {
  readonly row: number
  readonly level: Level | null
  readonly requestId: string | null
  readonly traceId: string | null
}

const splitEventId = createEventIdSplitter()
const folder = resolve(import.meta.dirname, '../events')
const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as readonly Sample[]

/** One telling row of every sample. */
const expected: Readonly<Record<string, Row>> = {
  'alb/access': { row: 3, level: 'WARN', requestId: null, traceId: '1-6449814a-01d4cd3e280010e00ac46641' },
  'apache/combined': { row: 6, level: 'WARN', requestId: null, traceId: null },
  'apache/common-and-error': { row: 0, level: 'ERROR', requestId: null, traceId: null },
  'apigateway-access/json': {
    row: 0,
    level: 'INFO',
    requestId: 'ebf87aa3-bf0b-44a7-ab91-1571f567c956',
    traceId: '1-640b22bc-727b3ec204d887c531a8b562',
  },
  'apigateway-access/layouts': {
    row: 1,
    level: 'ERROR',
    requestId: '6f0c7a1e-1d2b-4c3d-8e4f-5a6b7c8d9e01',
    traceId: null,
  },
  'apigateway-execution/rest': {
    row: 5,
    level: 'INFO',
    requestId: '6f0c7a1e-1d2b-4c3d-8e4f-5a6b7c8d9e05',
    traceId: '1-665d7b82-0a1b2c3d4e5f60718293a4b5',
  },
  'cloudtrail/management-events': {
    row: 0,
    level: 'ERROR',
    requestId: 'b20c2df5-71d5-441e-84c8-b424f1c78ffb',
    traceId: null,
  },
  'ecs-firelens/containers': { row: 1, level: 'ERROR', requestId: 'r-17', traceId: '4bf92f3577b34da6a3ce929d0e0e4736' },
  'eks-audit/cluster': { row: 0, level: 'INFO', requestId: '57a794de-44d3-40ee-a0ad-c0eb096eef6c', traceId: null },
  'eks-authenticator/cluster': { row: 2, level: 'WARN', requestId: null, traceId: null },
  'elb/access': { row: 4, level: 'ERROR', requestId: null, traceId: null },
  'emf/documents': {
    row: 1,
    level: null,
    requestId: '6f0c7a1e-1d2b-4c3d-8e4f-5a6b7c8d9e01',
    traceId: '1-665d7b82-0a1b2c3d4e5f60718293a4b5',
  },
  'json/applications': {
    row: 3,
    level: 'WARN',
    requestId: '6f0c7a1e-1d2b-4c3d-8e4f-5a6b7c8d9e02',
    traceId: '1-665d7b82-0a1b2c3d4e5f60718293a4b5',
  },
  'klog/control-plane': { row: 2, level: 'WARN', requestId: null, traceId: null },
  'lambda/failures-text': { row: 1, level: 'ERROR', requestId: '2ea49a23-ff39-4bf5-8761-439f99b7c5f6', traceId: null },
  'lambda/node-text': {
    row: 2,
    level: 'DEBUG',
    requestId: 'f08bb4c8-d6b2-4f05-ac17-af7e2ba005fb',
    traceId: '1-5e61292c-cc1229a4dfbeae1043928548',
  },
  'lambda/platform-json': {
    row: 6,
    level: 'INFO',
    requestId: '459921b5-681c-4a96-beb0-81e0aa586026',
    traceId: '1-6352a70e-1e2c502e358361800241fd45',
  },
  'lambda/report-text': { row: 0, level: 'INFO', requestId: 'fe1467d6-1458-4e20-8e40-9aaa4be7a0f4', traceId: null },
  'lambda/runtimes-text': { row: 4, level: 'WARN', requestId: '8f507cfc-4e1b-4697-b07a-ac58fc914c95', traceId: null },
  'logfmt/application': { row: 1, level: 'WARN', requestId: '7f3c2b1a-5d4e-4c8b-9a61-0f2e3d4c5b6a', traceId: null },
  'mysql/audit': { row: 0, level: null, requestId: null, traceId: null },
  'mysql/error': { row: 0, level: 'INFO', requestId: null, traceId: null },
  'mysql/general': { row: 0, level: null, requestId: null, traceId: null },
  'mysql/slowquery': { row: 0, level: null, requestId: null, traceId: null },
  'nginx/combined-and-error': { row: 0, level: 'WARN', requestId: null, traceId: null },
  'nginx/ingress': { row: 1, level: 'ERROR', requestId: '0f12a8d6a8a14d53bd2c5ca1ef2a4b0c', traceId: null },
  'nginx/main': { row: 16, level: 'WARN', requestId: null, traceId: null },
  'nlb/access': { row: 2, level: 'ERROR', requestId: null, traceId: null },
  'postgresql/prefixes': { row: 0, level: 'INFO', requestId: null, traceId: null },
  'postgresql/rds': { row: 10, level: 'FATAL', requestId: null, traceId: null },
  'route53-resolver/queries': { row: 2, level: 'WARN', requestId: null, traceId: null },
  'route53/public': { row: 5, level: 'WARN', requestId: null, traceId: null },
  'stepfunctions/executions': {
    row: 10,
    level: 'ERROR',
    requestId: 'arn:aws:states:us-east-1:123456789012:execution:demo:0a1b2c3d-4e5f-4607-8192-a3b4c5d6e7f3',
    traceId: null,
  },
  'syslog/messages': { row: 4, level: 'DEBUG', requestId: null, traceId: null },
  'syslog/secure': { row: 12, level: 'FATAL', requestId: null, traceId: null },
  'text/application': {
    row: 3,
    level: 'ERROR',
    requestId: '7f3c2b1a-5d4e-4c8b-9a61-0f2e3d4c5b6a',
    traceId: '1-5e61292c-cc1229a4dfbeae1043928548',
  },
  'vpc-flow/custom': { row: 0, level: null, requestId: null, traceId: null },
  'vpc-flow/default': { row: 0, level: null, requestId: null, traceId: null },
  'waf/web-acl': {
    row: 6,
    level: 'INFO',
    requestId: '1-64f01dc6-7d2deb5d54820c4d7284912a',
    traceId: '1-64f01dc6-7d2deb5d54820c4d7284912a',
  },
}

function payloadOf(sample: Sample): SubscriptionPayload {
  return JSON.parse(readFileSync(join(folder, sample.file), 'utf8')) as SubscriptionPayload
}

function recogniserOf(sample: Sample, logGroup: string) {
  return createRecogniser(sample.columns === undefined ? null : createVpcFlowFormat(sample.columns), logGroup)
}

describe('events/', () => {
  it('holds exactly the files of its manifest', () => {
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(file => file.includes('.json'))
    expect(files.filter(file => file !== 'manifest.json').sort()).toEqual(manifest.map(sample => sample.file).sort())
    expect(Object.keys(expected).sort()).toEqual(manifest.map(sample => sample.id).sort())
  })

  it('says of every sample where it is from and whether it is real', () => {
    for (const sample of manifest) {
      expect(sample.file).toBe(`${sample.id}.json`)
      expect(sample.source).not.toBe('')
      expect(sample.licence).not.toBe('')
      expect(sample.covers).not.toBe('')
      expect(typeof sample.real).toBe('boolean')
    }
  })

  it('stays small', () => {
    const sizes = manifest.map(sample => readFileSync(join(folder, sample.file)).length)
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(300_000)
  })

  it.each(manifest)('$id has well-formed ids, each once, and names no account but the documentation ones', sample => {
    const { owner, logEvents, messageType } = payloadOf(sample)
    expect([messageType, owner]).toEqual(['DATA_MESSAGE', '123456789012'])
    expect(new Set(logEvents.map(event => event.id)).size).toBe(logEvents.length)
    for (const { id, timestamp } of logEvents) {
      const parts = splitEventId(id ?? '', timestamp)
      expect(parts).not.toBeNull()
      expect(joinEventId(parts!, timestamp)).toBe(id)
    }
  })

  it.each(manifest)('$id is recognised as $format, line by line', sample => {
    const { logGroup, logStream, logEvents } = payloadOf(sample)
    const recognise = recogniserOf(sample, logGroup)
    const wrong = logEvents.filter(
      event => recognise(createLine(event.message, logGroup, logStream)).format !== sample.format,
    )
    expect(wrong.map(event => event.message)).toEqual([])
  })

  it.each(manifest)('$id gives level, request id and trace id', sample => {
    const { logGroup, logStream, logEvents } = payloadOf(sample)
    const { row, ...rest } = expected[sample.id]!
    const { parsed } = recogniserOf(sample, logGroup)(createLine(logEvents[row]!.message, logGroup, logStream))
    expect({ level: parsed.level, requestId: parsed.requestId, traceId: parsed.traceId }).toEqual(rest)
  })
})
