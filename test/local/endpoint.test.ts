import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { type LocalRequest, type LocalService, startEndpoint } from '../../local/endpoint.js'
import { PortInUse } from '../../local/errors.js'

/** Answers with its name and what it was told. */
function echo(name: string, matches: (request: LocalRequest) => boolean): LocalService {
  return {
    name,
    matches,
    async handle({ method, path, rawQuery, query, signedFor, target, id }, response) {
      response.end(JSON.stringify({ name, method, path, rawQuery, query: [...query], signedFor, target, id }))
    },
  }
}

const logs = echo('logs', ({ target }) => target?.startsWith('Logs_20140328.') === true)
const lambda = echo('lambda', ({ signedFor }) => signedFor === 'lambda')

describe('the local endpoint', () => {
  it('gives each request to the first service that it is for', async () => {
    const endpoint = await startEndpoint({ port: 0, services: [logs, lambda] })
    expect(endpoint.url).toBe(`http://127.0.0.1:${endpoint.port}`)
    const put = await fetch(endpoint.url, { method: 'POST', headers: { 'x-amz-target': 'Logs_20140328.PutLogEvents' } })
    expect(await put.json()).toMatchObject({ name: 'logs', target: 'Logs_20140328.PutLogEvents', path: '/' })
    const authorization =
      'AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=0'
    const invoke = await fetch(`${endpoint.url}/2015-03-31/functions/a%3Ab/invocations?Qualifier=x%20y&b`, {
      headers: { authorization },
    })
    expect(await invoke.json()).toEqual({
      name: 'lambda',
      method: 'GET',
      path: '/2015-03-31/functions/a%3Ab/invocations',
      rawQuery: 'Qualifier=x%20y&b',
      query: [
        ['Qualifier', 'x y'],
        ['b', ''],
      ],
      signedFor: 'lambda',
      id: expect.stringMatching(/^[0-9A-F]{16}$/),
    })
    await endpoint.close()
  })

  it('says what there is where no service is meant', async () => {
    const endpoint = await startEndpoint({ port: 0, services: [logs, lambda] })
    const response = await fetch(endpoint.url, {
      method: 'POST',
      headers: { 'x-amz-target': 'Kinesis_20131202.PutRecord' },
    })
    expect(response.status).toBe(501)
    expect(response.headers.get('x-amzn-errortype')).toBe('NotImplemented')
    expect(await response.json()).toEqual({
      __type: 'NotImplemented',
      message: 'No local service for Kinesis_20131202.PutRecord; there are: logs, lambda.',
    })
    await endpoint.close()
  })

  it('answers 500 for a bug in a service and reports it', async () => {
    const bug = new Error('bug')
    const broken: LocalService = { name: 'broken', matches: () => true, handle: () => Promise.reject(bug) }
    const errors: unknown[] = []
    const onError = (error: unknown, { path }: LocalRequest) => errors.push([error, path])
    const endpoint = await startEndpoint({ port: 0, services: [broken], onError })
    const response = await fetch(`${endpoint.url}/x`)
    expect([response.status, await response.json()]).toMatchObject([500, { __type: 'InternalFailure' }])
    expect(errors).toEqual([[bug, '/x']])
    await endpoint.close()
  })

  it('says that its port is in use', async () => {
    const other = createServer()
    await new Promise<void>(resolve => other.listen(0, '127.0.0.1', resolve))
    const { port } = other.address() as AddressInfo
    const failure = await startEndpoint({ port, services: [] }).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(PortInUse)
    expect(failure).toMatchObject({
      name: 'PortInUse',
      port,
      message: `local endpoint: port ${port} on 127.0.0.1 is in use by another program; stop it or choose another port`,
      cause: { code: 'EADDRINUSE' },
    })
    other.close()
  })

  it('closes although clients keep their connections', async () => {
    const endpoint = await startEndpoint({ port: 0, services: [echo('all', () => true)] })
    await (await fetch(endpoint.url)).text()
    await endpoint.close()
    await expect(fetch(endpoint.url)).rejects.toThrow()
    await (await startEndpoint({ port: endpoint.port, services: [] })).close()
  })
})
