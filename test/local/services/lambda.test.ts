// The client is here because `serverless` brings it.
import {
  GetFunctionCommand,
  InvokeCommand,
  LambdaClient,
  ListAliasesCommand,
  ListFunctionsCommand,
  paginateListFunctions,
} from '@aws-sdk/client-lambda'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Endpoint, startEndpoint } from '../../../local/endpoint.js'
import type { LambdaFunction } from '../../../local/lambda/lambda-function.js'
import { lambdaService } from '../../../local/services/lambda.js'
import { memoryBuckets } from '../../../local/services/s3/buckets.js'
import { s3Service } from '../../../local/services/s3/s3-service.js'
import { closeAll, definition, functionOf } from '../lambda/function-under-test.js'

const source = `
  export const handler = async event => {
    console.log('x'.repeat(event.logs ?? 0))
    if (event.fail) throw new Error('asked to')
    return { event }
  }`
const FunctionName = 'demo-worker'

describe('the Lambda service', () => {
  let endpoint: Endpoint
  let client: LambdaClient
  let lambda: LambdaFunction
  let queued: unknown[]
  beforeAll(async () => {
    lambda = await functionOf(source)
    queued = []
    const spied: LambdaFunction = {
      ...lambda,
      enqueue(payload) {
        queued.push(JSON.parse(Buffer.from(payload).toString()))
        return lambda.enqueue(payload)
      },
    }
    const services = [
      lambdaService({ functions: new Map([[FunctionName, spied]]) }),
      s3Service({ buckets: memoryBuckets(() => new Date()) }),
    ]
    endpoint = await startEndpoint({ port: 0, services })
    client = new LambdaClient({
      endpoint: endpoint.url,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      maxAttempts: 1,
    })
  })
  afterAll(async () => {
    client.destroy()
    await endpoint.close()
    await closeAll()
  })

  it('invokes and waits for the answer', async () => {
    const answer = await client.send(new InvokeCommand({ FunctionName, Payload: Buffer.from('{"a":1}') }))
    expect(answer).toMatchObject({ StatusCode: 200, ExecutedVersion: '$LATEST' })
    expect(answer.FunctionError).toBeUndefined()
    expect(answer.LogResult).toBeUndefined()
    expect(answer.Payload?.transformToString()).toBe('{"event":{"a":1}}')
  })

  it('takes no payload for an empty object, and an ARN for the name', async () => {
    for (const reference of [definition.arn, `${definition.arn}:$LATEST`, `123456789012:${FunctionName}`]) {
      const { Payload } = await client.send(new InvokeCommand({ FunctionName: reference }))
      expect(Payload?.transformToString()).toBe('{"event":{}}')
    }
  })

  it('says that the function failed, and gives the last 4 KB of its log', async () => {
    const event = { fail: true, logs: 10_000 }
    const command = new InvokeCommand({ FunctionName, LogType: 'Tail', Payload: Buffer.from(JSON.stringify(event)) })
    const answer = await client.send(command)
    expect(answer).toMatchObject({ StatusCode: 200, FunctionError: 'Unhandled' })
    expect(JSON.parse(answer.Payload!.transformToString())).toMatchObject({ errorMessage: 'asked to' })
    const log = Buffer.from(answer.LogResult!, 'base64')
    expect(log).toHaveLength(4096)
    expect(log.toString()).toMatch(/^xxx[\s\S]*REPORT RequestId: .*\t\n$/)
  })

  it('queues an asynchronous invocation, and runs none when that is asked for', async () => {
    const Payload = Buffer.from('{"later":true}')
    const later = await client.send(new InvokeCommand({ FunctionName, InvocationType: 'Event', Payload }))
    expect(later.StatusCode).toBe(202)
    const dry = await client.send(new InvokeCommand({ FunctionName, InvocationType: 'DryRun', Payload }))
    expect(dry.StatusCode).toBe(204)
    expect(queued).toEqual([{ later: true }])
  })

  it('describes its functions', async () => {
    const described = {
      FunctionName,
      FunctionArn: definition.arn,
      MemorySize: 256,
      Timeout: 5,
      Environment: { Variables: { GREETING: 'hello' } },
    }
    expect((await client.send(new ListFunctionsCommand({}))).Functions).toEqual([expect.objectContaining(described)])
    for await (const { Functions } of paginateListFunctions({ client }, {})) expect(Functions).toHaveLength(1)
    const { Configuration } = await client.send(new GetFunctionCommand({ FunctionName }))
    expect(Configuration).toMatchObject(described)
  })

  it.each([
    ['a function that is not there', { FunctionName: 'other' }, 'ResourceNotFoundException', 404],
    ['a payload that is not JSON', { FunctionName, Payload: Buffer.from('{') }, 'InvalidRequestContentException', 400],
    [
      'a payload that is too large',
      { FunctionName, Payload: Buffer.alloc(8 * 2 ** 20, 32) },
      'RequestTooLargeException',
      413,
    ],
    [
      'an asynchronous payload that is too large',
      { FunctionName, InvocationType: 'Event' as const, Payload: Buffer.from(`"${'a'.repeat(2 ** 20)}"`) },
      'RequestTooLargeException',
      413,
    ],
  ])('refuses %s', async (_, input, name, httpStatusCode) => {
    const failure = await client.send(new InvokeCommand(input)).catch((error: unknown) => error)
    expect(failure).toMatchObject({ name, $metadata: { httpStatusCode } })
  })

  it('refuses a request that is not signed, or not with the secret', async () => {
    const url = `${endpoint.url}/2015-03-31/functions/${FunctionName}/invocations`
    expect((await fetch(url, { method: 'POST', body: '{}' })).status).toBe(403)
    const stranger = new LambdaClient({
      endpoint: endpoint.url,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'guess' },
      maxAttempts: 1,
    })
    const failure = await stranger.send(new InvokeCommand({ FunctionName })).catch((error: unknown) => error)
    expect(failure).toMatchObject({ name: 'SignatureDoesNotMatch' })
    stranger.destroy()
  })

  it('says what it does not do', async () => {
    const failure = await client.send(new ListAliasesCommand({ FunctionName })).catch((error: unknown) => error)
    expect(failure).toMatchObject({
      name: 'NotImplemented',
      message: 'The local Lambda does not know GET /2015-03-31/functions/demo-worker/aliases.',
    })
  })
})
