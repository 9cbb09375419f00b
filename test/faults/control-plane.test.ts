import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { functionNames, ownGroups } from '../../shared/cloudwatch/own-groups.js'
import { subscribeHealth } from '../../shared/jobs/job-health.js'
import { checkExcludesOurs, PolicyWouldLoop } from '../../shared/jobs/subscribe/account-policy.js'
import { createBatchApplier } from '../../shared/jobs/subscribe/apply-subscribe.js'
import { createdGroup, subscribeCreated } from '../../shared/jobs/subscribe/subscribe-created.js'
import { readSubscribeState } from '../../shared/jobs/subscribe/subscribe-state.js'
import type { PutPolicyStep } from '../../shared/jobs/subscribe/subscribe-step.js'
import { throttled } from '../helpers/logs-server/api-error.js'
import {
  everything,
  hour,
  ingestArn,
  ourName,
  type SubscribeWorld,
  selecting,
  start,
  subscribeWorld,
} from '../jobs/subscribe/subscribe-world.js'

const secret = 'hunter2-is-not-a-password'
const policyName = ourName

let world: SubscribeWorld
beforeEach(async () => {
  world = await subscribeWorld()
})
afterEach(() => world.server.close())

/** What CloudTrail tells EventBridge. */
function createLogGroup(name: string, members: object = {}) {
  return {
    source: 'aws.logs',
    'detail-type': 'AWS API Call via CloudTrail',
    detail: {
      eventSource: 'logs.amazonaws.com',
      eventName: 'CreateLogGroup',
      eventTime: new Date(start).toISOString(),
      awsRegion: 'us-east-1',
      recipientAccountId: '123456789012',
      requestParameters: { logGroupName: name },
      ...members,
    },
  }
}

const run = { runId: 'event' }

describe('feedback', () => {
  it('fault 34: no rule subscribes what a function of ours writes to, or what pipeline.yml names as data path', async () => {
    for (const name of ownGroups('tailrace-dev')) world.groups.addGroup(name)
    world.groups.addGroup('/aws/vpc/flow-of-tailrace')
    world.groups.addGroup('/app')
    world.settings = { ...everything, dataPath: ['/aws/vpc/*'] }
    expect(await world.run()).toMatchObject({ groups: functionNames.length + 2, subscribed: 1 })
    expect(world.filters()).toEqual([`/app ${ourName}`])
    const created = createdGroup(createLogGroup('/aws/lambda/tailrace-dev-compact'))!
    expect(await subscribeCreated(world.deps(), created, run)).toMatchObject({ subscribed: 0 })
  })

  it('fault 34: a filter of ours that somebody put on our own group is taken away', async () => {
    world.groups.addGroup('/aws/lambda/tailrace-dev-compact', { filters: [{ filterName: ourName }] })
    expect(await world.run()).toMatchObject({ unsubscribed: 1 })
    expect(world.filters()).toEqual([])
  })

  it('fault 34: an account policy excludes all of ours, those too that are not there yet, and what no rule selects', async () => {
    world.groups.addGroup('/app')
    world.groups.addGroup('/noise')
    world.groups.addGroup('/aws/lambda/tailrace-dev-ingest')
    world.settings = { ...selecting('/app*', { pattern: 'ERROR' }), by: 'account-policy' }
    await world.run()
    const [policy] = [...world.groups.policies.values()]
    expect(policy!.policyName).toBe(policyName)
    const excluded = [...ownGroups('tailrace-dev'), '/noise'].sort()
    expect(policy!.selectionCriteria).toBe(`LogGroupName NOT IN [${excluded.map(name => `"${name}"`).join(', ')}]`)
    expect(JSON.parse(policy!.policyDocument)).toMatchObject({ DestinationArn: ingestArn, FilterPattern: 'ERROR' })
    expect(world.filters()).toEqual([])
    expect((await world.plan()).steps).toEqual([])
  })

  it('fault 34: an account policy that does not exclude all of ours is not written, whoever made the plan', async () => {
    const step: PutPolicyStep = {
      action: 'put-account-policy',
      target: policyName,
      what: '',
      why: '',
      dollarsPerMonth: null,
      policyDocument: '{}',
      selectionCriteria: 'LogGroupName NOT IN ["/aws/lambda/tailrace-dev-ingest"]',
    }
    const { state, etag } = await readSubscribeState(world.store)
    const applier = createBatchApplier(
      { ...world.deps(), state, settingsId: '', runId: 'run', concurrency: 1, renewLease: async () => undefined },
      etag,
    )
    await expect(applier.apply([step])).rejects.toThrow(PolicyWouldLoop)
    expect(world.server.count('PutAccountPolicy')).toBe(0)
    expect(() => checkExcludesOurs('tailrace-dev', 'p', undefined)).toThrow('whose events would feed back')
  })

  it('fault 34: a policy of somebody else that delivers our own groups to us is reported and left alone', async () => {
    world.groups.addGroup('/app')
    world.groups.policies.set('SUBSCRIPTION_FILTER_POLICY/all', {
      policyName: 'all',
      policyType: 'SUBSCRIPTION_FILTER_POLICY',
      policyDocument: JSON.stringify({ DestinationArn: ingestArn }),
      selectionCriteria: undefined,
      lastUpdatedTime: start,
    })
    const { problems } = await world.run()
    expect(problems[0]).toContain('all: account policy all: it does not exclude /aws/lambda/tailrace-dev-commit')
    world.settings = { ...everything, by: 'account-policy' }
    expect((await world.plan()).skipped.map(({ reason }) => reason)).toContain('policy-quota-full')
    expect([...world.groups.policies.keys()]).toEqual(['SUBSCRIPTION_FILTER_POLICY/all'])
  })
})

describe('filters of others', () => {
  it('fault 35: with places for two or for five, a full group is reported with the filters that fill it', async () => {
    for (const quota of [2, 5]) {
      const full = await subscribeWorld({ filterQuota: quota })
      const filters = Array.from({ length: quota }, (_, at) => ({ filterName: `theirs-${at}` }))
      full.groups.addGroup('/full', { filters })
      full.groups.addGroup('/roomy', { filters: filters.slice(1) })
      const before = JSON.stringify([...full.groups.group('/full').filters])
      const names = filters.map(({ filterName }) => filterName).join(', ')
      const problem = `/full: its ${quota} places are taken by ${names}: none of them is Tailrace's to remove`
      expect(await full.run()).toMatchObject({ subscribed: 1, blocked: 1, failed: 0, problems: [problem] })
      // The next run knows how many places there are, and plans without trying.
      full.server.calls.length = 0
      expect(await full.run()).toMatchObject({ subscribed: 0, blocked: 1, problems: [problem] })
      expect(full.server.count('PutSubscriptionFilter')).toBe(0)
      expect(JSON.stringify([...full.groups.group('/full').filters])).toBe(before)
      // Room is found when there is some.
      full.groups.group('/full').filters.delete('theirs-0')
      expect(await full.run()).toMatchObject({ subscribed: 1, blocked: 0 })
      await full.server.close()
    }
  })
})

describe('an account that does not hold still', () => {
  it('fault 36: a group made during a deployment is subscribed by its event, and the gap is noted', async () => {
    world.groups.addGroup('/new')
    world.advance(3 * 60_000)
    const group = createdGroup(createLogGroup('/new'))!
    expect(await subscribeCreated(world.deps(), group, run)).toMatchObject({ subscribed: 1 })
    expect(world.filters()).toEqual([`/new ${ourName}`])
    const to = start + 8 * 60_000
    expect(await world.notes()).toEqual([{ logGroup: '/new', from: start, to, reason: 'new' }])
    expect(createdGroup(createLogGroup('/new', { errorCode: 'ResourceAlreadyExistsException' }))).toBeNull()
    expect(createdGroup({ source: 'aws.scheduler' })).toBeNull()
    // The same event twice, and the scheduled run: one filter, and the note of the first.
    await subscribeCreated(world.deps(), group, run)
    await world.run()
    expect(world.filters()).toEqual([`/new ${ourName}`])
  })

  it('fault 36: groups that vanish between plan and step, or before they are looked at, are no failure', async () => {
    for (const name of ['/a', '/b', '/c']) world.groups.addGroup(name)
    world.server.before = (operation, { logGroupName }) => {
      if (operation === 'DescribeSubscriptionFilters' && logGroupName === '/a') world.groups.groups.delete('/a')
      if (operation === 'PutSubscriptionFilter' && logGroupName === '/b') world.groups.groups.delete('/b')
      return undefined
    }
    expect(await world.run()).toMatchObject({ subscribed: 1, failed: 0, isDone: true })
    expect(world.filters()).toEqual([`/c ${ourName}`])
    expect((await world.notes()).map(({ logGroup }) => logGroup)).toEqual(['/c'])
  })

  it('fault 36: throttled at every third call, all groups are subscribed, each of them once', async () => {
    for (let at = 0; at < 60; at++) world.groups.addGroup(`/app/${at}`)
    let calls = 0
    world.server.before = () => (++calls % 3 === 0 ? throttled() : undefined)
    expect(await world.run()).toMatchObject({ subscribed: 60, failed: 0, isDone: true })
    expect(world.filters()).toHaveLength(60)
  })

  it('fault 36: cut off at any call, the next run finishes; no filter of ours is unknown, no gap forgotten', async () => {
    const kills = 40
    for (let at = 1; at <= kills; at++) {
      const killed = await subscribeWorld()
      for (let group = 0; group < 6; group++) killed.groups.addGroup(`/app/${group}`)
      let calls = 0
      const dead = new AbortController()
      killed.server.before = () => {
        if (++calls === at) dead.abort(new Error('killed'))
        return undefined
      }
      const { store } = killed
      // Nothing is written after the kill, as when the process is gone.
      const put = store.put.bind(store)
      store.put = async (...args) => {
        dead.signal.throwIfAborted()
        return put(...args)
      }
      await killed.run(dead.signal).catch(() => undefined)
      store.put = put
      killed.server.before = undefined
      killed.advance(hour)
      await killed.run()
      expect(killed.filters()).toHaveLength(6)
      const noted = new Set((await killed.notes()).map(({ logGroup }) => logGroup))
      expect(noted.size).toBe(6)
      await killed.server.close()
      if (calls < at) break
    }
  })
})

describe('configuration', () => {
  it('fault 52: nothing of a pattern, a tag or an ARN of the configuration is in a report or a log line', async () => {
    world.groups.addGroup('/app', { tags: { team: secret }, filters: [{ filterName: 'a' }, { filterName: 'b' }] })
    world.groups.addGroup('/more', { tags: { team: secret } })
    world.settings = selecting('*', { pattern: `"${secret}"`, tags: { team: secret } })
    const report = await world.run()
    expect(report).toMatchObject({ subscribed: 1, blocked: 1 })
    expect(JSON.stringify(subscribeHealth(report, 'tailrace-dev', 0))).not.toContain(secret)
  })

  it('fault 53: a redeployment that renames the function changes filters in place: at no moment is there none', async () => {
    world.groups.addGroup('/app', { filters: [{ filterName: 'theirs' }] })
    await world.run()
    world.destination = { arn: ingestArn.replace('-ingest', '-intake'), roleArn: null }
    world.server.calls.length = 0
    expect(await world.run()).toMatchObject({ subscribed: 1 })
    expect(world.server.count('DeleteSubscriptionFilter')).toBe(0)
    expect(world.groups.group('/app').filters.get(ourName)!.destinationArn).toContain('-intake')
  })

  it('fault 53: a renamed stack replaces the filters of its earlier name, and no gap is left where there is room', async () => {
    world.groups.addGroup('/app')
    world.groups.addGroup('/tight', { filters: [{ filterName: 'theirs' }] })
    await world.run()
    world.stack = 'logs-prod'
    world.settings = { ...everything, formerly: ['tailrace-dev'] }
    const order: string[] = []
    world.server.before = (operation, { logGroupName }) => {
      if (/^(Put|Delete)Sub/.test(operation) && logGroupName === '/app') order.push(operation)
      return undefined
    }
    world.advance(48 * hour)
    await world.run()
    expect(world.filters()).toEqual(['/app tailrace-logs-prod', '/tight theirs', '/tight tailrace-logs-prod'])
    expect(order).toEqual(['PutSubscriptionFilter', 'DeleteSubscriptionFilter'])
  })
})
