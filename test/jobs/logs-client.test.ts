import {
  type CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  DescribeSubscriptionFiltersCommand,
  PutSubscriptionFilterCommand,
} from '@aws-sdk/client-cloudwatch-logs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isRefusal, LogsCallFailed } from '../../shared/jobs/errors.js'
import { logsCaller } from '../../shared/jobs/logs-client.js'
import { noGroup, throttled, unavailable } from '../helpers/logs-server/api-error.js'
import { clientOn, impatientCaller } from '../helpers/logs-server/client.js'
import { type LogsServer, startLogsServer } from '../helpers/logs-server/server.js'

let server: LogsServer
beforeEach(async () => {
  server = await startLogsServer()
})
afterEach(() => server.close())

const lambda = 'arn:aws:lambda:us-east-1:123456789012:function:tailrace-dev-ingest'

describe('calls to CloudWatch Logs', () => {
  it('page through the groups with the tokens of the service', async () => {
    for (let at = 0; at < 120; at++) server.world.addGroup(`/app/${String(at).padStart(3, '0')}`)
    const { call } = impatientCaller(clientOn(server.url))
    const describeLogGroups = call('describeLogGroups', DescribeLogGroupsCommand)
    const names: string[] = []
    let nextToken: string | undefined
    do {
      const page = await describeLogGroups({ nextToken })
      names.push(...page.logGroups!.map(group => group.logGroupName!))
      nextToken = page.nextToken
    } while (nextToken !== undefined)
    expect(names).toHaveLength(120)
    expect(server.count('DescribeLogGroups')).toBe(3)
  })

  it('are tried again when they are throttled or the service is out, and slow down', async () => {
    let calls = 0
    server.before = () => (++calls <= 3 ? throttled() : calls === 4 ? unavailable() : undefined)
    const { call, waitedMs } = impatientCaller(clientOn(server.url))
    await call('describeLogGroups', DescribeLogGroupsCommand)({})
    expect(server.calls.map(({ refusal }) => refusal)).toEqual([
      'ThrottlingException',
      'ThrottlingException',
      'ThrottlingException',
      'ServiceUnavailableException',
      undefined,
    ])
    // 0.5 of 400, 800, 1600 and 3200 ms, while the pace of 200 ms doubled three times.
    expect(waitedMs()).toBeGreaterThanOrEqual(3000)
  })

  it('are tried again with the time that the service says where the clock of this machine is wrong', async () => {
    const skewed = Object.assign(new Error('Signature expired'), {
      name: 'InvalidSignatureException',
      $metadata: { httpStatusCode: 403, clockSkewCorrected: true },
    })
    const answers = [() => Promise.reject(skewed), () => Promise.resolve({ logGroups: [] })]
    const client = { send: () => answers.shift()!() } as unknown as CloudWatchLogsClient
    const { call } = impatientCaller(client)
    expect(await call('describeLogGroups', DescribeLogGroupsCommand)({})).toEqual({ logGroups: [] })
  })

  it('give up after ten tries, with the service’s own code', async () => {
    server.before = () => throttled()
    const { call } = impatientCaller(clientOn(server.url))
    const failure = await call('describeLogGroups', DescribeLogGroupsCommand)({}).catch((error: Error) => error)
    expect(failure).toBeInstanceOf(LogsCallFailed)
    expect(failure).toMatchObject({ operation: 'DescribeLogGroups', code: 'ThrottlingException' })
    expect(server.calls).toHaveLength(10)
  })

  it('say what to look at when no answer comes at all', async () => {
    const { call } = impatientCaller(clientOn('http://127.0.0.1:1'))
    await expect(call('describeLogGroups', DescribeLogGroupsCommand)({})).rejects.toThrow(
      /^logs: DescribeLogGroups: Unreachable: .*ECONNREFUSED.*; is the region right, and is there a network\?$/,
    )
  })

  it('are not tried again when the answer is no', async () => {
    const { call } = impatientCaller(clientOn(server.url))
    const failure = await call(
      'describeSubscriptionFilters',
      DescribeSubscriptionFiltersCommand,
    )({
      logGroupName: '/gone',
    }).catch((error: Error) => error)
    expect(isRefusal(failure, 'ResourceNotFoundException')).toBe(true)
    expect(failure).toHaveProperty(
      'message',
      'logs: DescribeSubscriptionFilters: ResourceNotFoundException: The specified log group does not exist.',
    )
    expect(server.calls).toHaveLength(1)
  })

  it('are tried again when no answer came, which is safe because every write sets a state', async () => {
    server.world.addGroup('/app')
    let lost = false
    server.loseAnswer = () => {
      const isFirst = !lost
      lost = true
      return isFirst
    }
    const { call } = impatientCaller(clientOn(server.url))
    await call(
      'putSubscriptionFilter',
      PutSubscriptionFilterCommand,
    )({
      logGroupName: '/app',
      filterName: 'ours',
      filterPattern: '',
      destinationArn: lambda,
    })
    expect(server.count('PutSubscriptionFilter')).toBe(2)
    expect([...server.world.group('/app').filters.keys()]).toEqual(['ours'])
  })

  it('keep to the rate of their operation', async () => {
    const starts: number[] = []
    let clock = 0
    const call = logsCaller({
      client: clientOn(server.url),
      now: () => clock,
      sleep: async ms => {
        clock += ms
      },
      random: () => 0.5,
      callsPerSecond: { describeLogGroups: 4 },
    })
    const describeLogGroups = call('describeLogGroups', DescribeLogGroupsCommand)
    for (let at = 0; at < 4; at++) {
      await describeLogGroups({})
      starts.push(clock)
    }
    expect(starts).toEqual([0, 250, 500, 750])
  })

  it('end with the signal, also while they wait', async () => {
    server.before = () => throttled()
    const controller = new AbortController()
    const call = logsCaller({
      client: clientOn(server.url),
      now: () => 0,
      sleep: async (_, signal) => {
        controller.abort(new Error('time is up'))
        signal?.throwIfAborted()
      },
      random: () => 0,
    })
    const failure = call('describeLogGroups', DescribeLogGroupsCommand)({}, { signal: controller.signal })
    await expect(failure).rejects.toThrow('time is up')
  })
})

describe('the stub of the API', () => {
  const put = (logGroupName: string, filterName: string, destinationArn = lambda) =>
    impatientCaller(clientOn(server.url))
      .call(
        'putSubscriptionFilter',
        PutSubscriptionFilterCommand,
      )({ logGroupName, filterName, filterPattern: '', destinationArn })
      .catch((error: LogsCallFailed) => error.message)

  it('answers as AWS did when its answers were recorded', async () => {
    server.world.addGroup('/app')
    expect(await put('/app', 'a')).not.toBeTypeOf('string')
    expect(await put('/app', 'b')).not.toBeTypeOf('string')
    expect(await put('/app', 'c')).toBe('logs: PutSubscriptionFilter: LimitExceededException: Resource limit exceeded.')
    expect(await put('/app', 'a')).not.toBeTypeOf('string')
    expect(await put('/gone', 'a')).toContain('ResourceNotFoundException: The specified log group does not exist.')
    expect(await put('/app', 'a', lambda.replace('123456789012', '111122223333'))).toContain(
      'AccessDeniedException: Cross-account lambda invocation passing is not allowed.',
    )
    expect(await put('/app', 'a', 'arn:aws:kinesis:us-east-1:123456789012:stream/logs')).toContain(
      'InvalidParameterException: destinationArn for vendor kinesis cannot be used without roleArn',
    )
    const { call } = impatientCaller(clientOn(server.url))
    const tooMany = call('describeLogGroups', DescribeLogGroupsCommand)({ limit: 51 })
    await expect(tooMany).rejects.toThrow(
      "1 validation error detected: Value '51' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 50",
    )
    expect(noGroup().status).toBe(400)
  })
})
