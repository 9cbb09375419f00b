import { describe, expect, it } from 'vitest'
import { ecsFirelens } from '../../../shared/enrich/formats/ecs-firelens.js'
import { emf } from '../../../shared/enrich/formats/emf.js'
import { json } from '../../../shared/enrich/formats/json.js'
import { formats } from '../../../shared/enrich/formats.js'
import { parsed } from './parsed.js'

const w3c = '4bf92f3577b34da6a3ce929d0e0e4736'

describe('json', () => {
  it('reads any object and leaves the fields in the message', () => {
    expect(parsed(json, ` {"level":"error","requestId":"a","trace_id":"${w3c}"}\n`)).toEqual({
      level: 'ERROR',
      requestId: 'a',
      traceId: w3c,
      fields: null,
    })
    expect(parsed(json, '{}')).toEqual({ level: null, requestId: null, traceId: null, fields: null })
  })

  it('refuses what is no object', () => {
    for (const message of ['', '[]', '[{"a":1}]', '7', '"x"', 'null', '{', '{"a":1} x', 'x {"a":1}', '{a:1}'])
      expect(parsed(json, message), message).toBeUndefined()
  })

  it('survives depth and width', () => {
    expect(parsed(json, `{"a":${'['.repeat(5000)}${']'.repeat(5000)}}`)?.level).toBeNull()
    const wide = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`k${index}`, 1]))
    expect(parsed(json, JSON.stringify({ ...wide, level: 'warn' }))?.level).toBe('WARN')
  })

  it('comes behind every narrower JSON format', () => {
    const names = formats.map(format => format.name)
    for (const narrow of ['emf', 'cloudtrail', 'waf', 'lambda', 'apigateway-access', 'ecs-firelens'])
      expect(names.indexOf(narrow)).toBeLessThan(names.indexOf('json'))
    expect(new Set(names).size).toBe(names.length)
  })
})

describe('emf', () => {
  it('reads a metric document, whatever group it stands in', () => {
    const document = `{"_aws":{"Timestamp":1,"CloudWatchMetrics":[{"Namespace":"Shop"}]},"requestId":"a","level":"WARN"}`
    expect(parsed(emf, document)).toEqual({ level: 'WARN', requestId: 'a', traceId: null, fields: null })
  })

  it('refuses other objects', () => {
    for (const message of ['', '{}', '{"_aws":null}', '{"_aws":{}}', '{"_aws":{"CloudWatchMetrics":{}}}', '{"_aws":1}'])
      expect(parsed(emf, message)).toBeUndefined()
  })
})

describe('ecs-firelens', () => {
  const record = (log: unknown, more = {}) =>
    JSON.stringify({ container_id: '0a1b', container_name: 'web', source: 'stdout', log, ...more })

  it('takes level and ids from the line inside', () => {
    const inner = JSON.stringify({ level: 'error', requestId: 'r-17', traceId: w3c })
    expect(parsed(ecsFirelens, record(inner))).toEqual({
      level: 'ERROR',
      requestId: 'r-17',
      traceId: w3c,
      fields: null,
    })
    expect(parsed(ecsFirelens, record('2024-06-03 08:15:30,120 WARN  [main] slow'))?.level).toBe('WARN')
  })

  it('falls back on the outer members', () => {
    expect(parsed(ecsFirelens, record('plain', { level: 'debug', request_id: 'r' }))).toMatchObject({
      level: 'DEBUG',
      requestId: 'r',
    })
    expect(parsed(ecsFirelens, record('{"broken', { level: 'debug' }))?.level).toBe('DEBUG')
  })

  it('refuses other objects', () => {
    for (const message of ['', '{}', '{"log":"x"}', record({ a: 1 }), record(null)])
      expect(parsed(ecsFirelens, message)).toBeUndefined()
  })
})
