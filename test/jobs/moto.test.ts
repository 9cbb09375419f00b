import {
  CreateLogGroupCommand,
  DescribeLogGroupsCommand,
  DescribeSubscriptionFiltersCommand,
  PutSubscriptionFilterCommand,
} from '@aws-sdk/client-cloudwatch-logs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { retainOperations } from '../../shared/jobs/retain/logs-operations.js'
import { runRetain } from '../../shared/jobs/retain/run-retain.js'
import { subscribeOperations } from '../../shared/jobs/subscribe/logs-operations.js'
import { runSubscribe, type SubscribeApi } from '../../shared/jobs/subscribe/run-subscribe.js'
import { memoryStore } from '../../shared/store/memory.js'
import { clientOn, impatientCaller } from '../helpers/logs-server/client.js'
import { hasMoto, type Moto, startMoto } from '../store/moto.js'
import { everything, ourName, stack } from './subscribe/subscribe-world.js'

const stream = 'arn:aws:kinesis:us-east-1:123456789012:stream/logs'
const roleArn = 'arn:aws:iam::123456789012:role/logs-to-stream'

/** A server that is not ours, for what it does as AWS does; it knows no account policies of subscriptions. */
if (hasMoto) {
  describe('the jobs on moto', () => {
    let moto: Moto
    beforeAll(async () => {
      moto = await startMoto()
      await fetch(moto.url, {
        method: 'POST',
        headers: {
          'content-type': 'application/x-amz-json-1.1',
          'x-amz-target': 'Kinesis_20131202.CreateStream',
          authorization:
            'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/kinesis/aws4_request, SignedHeaders=host, Signature=0',
        },
        body: JSON.stringify({ StreamName: 'logs', ShardCount: 1 }),
      })
    })
    afterAll(() => moto.close())

    it('subscribe groups to a stream over many pages, beside a foreign filter, and set their retention', async () => {
      const client = clientOn(moto.url)
      for (let at = 0; at < 60; at++) {
        await client.send(
          new CreateLogGroupCommand({ logGroupName: `/app/${at}`, tags: { team: at === 7 ? 'keep' : 'a' } }),
        )
      }
      const foreign = { filterName: 'theirs', filterPattern: '', destinationArn: stream, roleArn }
      await client.send(new PutSubscriptionFilterCommand({ logGroupName: '/app/0', ...foreign }))
      const { call } = impatientCaller(client)
      const store = memoryStore()
      const shared = { store, stack, now: Date.now }
      const destination = { arn: stream, roleArn }
      const logs: SubscribeApi = { ...subscribeOperations(call), describeAccountPolicies: async () => ({}) }
      const settings = { ...everything, groups: [{ ...everything.groups[0]!, pattern: 'ERROR' }] }
      const subscribe = () =>
        runSubscribe({ ...shared, logs, settings, destination, isSampled: () => false }, { runId: 'run' })
      expect(await subscribe()).toMatchObject({ groups: 60, subscribed: 60, failed: 0, isDone: true })
      expect(await subscribe()).toMatchObject({ groups: 60, kept: 60, subscribed: 0 })
      const { subscriptionFilters } = await client.send(
        new DescribeSubscriptionFiltersCommand({ logGroupName: '/app/0' }),
      )
      // moto neither sorts them nor keeps the distribution.
      const found = subscriptionFilters!.toSorted((a, b) => (a.filterName! < b.filterName! ? -1 : 1))
      expect(found).toMatchObject([
        { filterName: ourName, filterPattern: 'ERROR', destinationArn: stream, roleArn },
        { filterName: 'theirs' },
      ])

      const rule = { match: ['/app/*'], exclude: [], tags: { team: 'a' }, classes: null, days: 30 }
      const rules = [{ ...rule, enforce: false, shorten: false, discard: false }]
      const retain = {
        ...shared,
        logs: retainOperations(call),
        settings: { optOutTag: 'keep', rules },
        heldSince: (_: string, created: number) => created,
      }
      expect(await runRetain(retain, { runId: 'run' })).toMatchObject({ groups: 60, changed: 59, failed: 0 })
      const { logGroups } = await client.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: '/app/7' }))
      expect(logGroups![0]!.retentionInDays).toBeUndefined()
      client.destroy()
    }, 120_000)
  })
} else {
  describe('the jobs on moto', () => {
    it('are not tested where moto_server is not installed', () => {
      console.log('moto_server is not installed: the jobs were not tested on moto')
      expect(hasMoto).toBe(false)
    })
  })
}
