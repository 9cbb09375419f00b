import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { holdsMs, planPages } from '../../../shared/jobs/subscribe/plan-subscribe.js'
import { readSubscribeState } from '../../../shared/jobs/subscribe/subscribe-state.js'
import {
  everything,
  hour,
  ingestArn,
  ourName,
  type SubscribeWorld,
  selecting,
  start,
  subscribeWorld,
} from './subscribe-world.js'

let world: SubscribeWorld
beforeEach(async () => {
  world = await subscribeWorld()
})
afterEach(() => world.server.close())

describe('subscribing', () => {
  it('puts our filter on each group that a rule selects, by name, tags and class', async () => {
    world.groups.addGroup('/ecs/shop', { tags: { team: 'shop', stage: 'prod-1' } })
    world.groups.addGroup('/ecs/test', { tags: { team: 'shop', stage: 'test' } })
    world.groups.addGroup('/ecs/rare', { tags: { team: 'shop', stage: 'prod-2' }, logGroupClass: 'INFREQUENT_ACCESS' })
    world.groups.addGroup('/other')
    world.settings = selecting('/ecs/*', { tags: { team: 'shop', stage: 'prod*' }, pattern: 'ERROR' })
    expect(await world.run()).toMatchObject({ groups: 4, subscribed: 1, failed: 0, isDone: true })
    expect(world.filters()).toEqual([`/ecs/shop ${ourName}`])
    expect(world.groups.group('/ecs/shop').filters.get(ourName)).toMatchObject({
      filterPattern: 'ERROR',
      destinationArn: ingestArn,
      distribution: 'ByLogStream',
    })
    expect((await world.plan()).skipped).toEqual([
      {
        target: '/ecs/rare',
        reason: 'log-class',
        message: 'groups of the class INFREQUENT_ACCESS take no subscription filters',
        isProblem: false,
      },
    ])
  })

  it('does nothing twice: a second run finds all as it should be and asks for no group', async () => {
    for (let at = 0; at < 70; at++) world.groups.addGroup(`/app/${at}`)
    expect(await world.run()).toMatchObject({ groups: 70, subscribed: 70 })
    const before = world.server.calls.length
    expect(await world.run()).toMatchObject({ groups: 70, kept: 70, subscribed: 0 })
    expect(world.server.calls.slice(before).map(({ operation }) => operation)).toEqual([
      'DescribeLogGroups',
      'DescribeLogGroups',
      'DescribeAccountPolicies',
    ])
  })

  it('takes ours from a group that is no longer selected, and leaves those of others', async () => {
    world.groups.addGroup('/app', { filters: [{ filterName: 'theirs' }] })
    await world.run()
    expect(world.filters()).toEqual(['/app theirs', `/app ${ourName}`])
    world.settings = selecting('/other/*')
    expect(await world.run()).toMatchObject({ unsubscribed: 1 })
    expect(world.filters()).toEqual(['/app theirs'])
  })

  it('changes a filter in place when its rule or the destination changes', async () => {
    world.groups.addGroup('/app')
    await world.run()
    const { creationTime } = world.groups.group('/app').filters.get(ourName)!
    world.advance(hour)
    const roleArn = 'arn:aws:iam::123456789012:role/tailrace-dev-logs-to-stream'
    world.destination = { arn: 'arn:aws:kinesis:us-east-1:123456789012:stream/tailrace', roleArn }
    world.settings = selecting('*', { pattern: '{ $.level = "error" }' })
    expect((await world.plan()).steps).toMatchObject([
      { why: 'its rule, its sampling or the destination has changed', missed: null },
    ])
    await world.run()
    expect(world.groups.group('/app').filters.get(ourName)).toEqual({
      filterName: ourName,
      filterPattern: '{ $.level = "error" }',
      destinationArn: 'arn:aws:kinesis:us-east-1:123456789012:stream/tailrace',
      roleArn,
      distribution: 'Random',
      creationTime,
    })
    expect(world.server.count('DeleteSubscriptionFilter')).toBe(0)
  })

  it('delivers to another account through its logical destination', async () => {
    world.groups.addGroup('/app')
    const destination = 'arn:aws:logs:us-east-1:111122223333:destination:logs'
    world.settings = { ...everything, destination }
    await world.run()
    expect(world.groups.group('/app').filters.get(ourName)).toMatchObject({
      destinationArn: destination,
      roleArn: undefined,
    })
  })

  it('notes for backfill what came between creation and filter, and when a filter was away', async () => {
    world.groups.addGroup('/app')
    world.advance(10 * 60_000)
    await world.run()
    const put = start + 10 * 60_000
    const settling = 5 * 60_000
    expect(await world.notes()).toEqual([{ logGroup: '/app', from: start, to: put + settling, reason: 'new' }])
    world.groups.group('/app').filters.delete(ourName)
    world.advance(30 * hour)
    expect(await world.run()).toMatchObject({ subscribed: 1 })
    expect((await world.notes()).at(-1)).toEqual({
      logGroup: '/app',
      from: put,
      to: put + 30 * hour + settling,
      reason: 'missing',
    })
  })

  it('takes a group that was deleted and made again for a new one', async () => {
    world.groups.addGroup('/app')
    await world.run()
    world.groups.groups.delete('/app')
    world.advance(hour)
    world.groups.addGroup('/app')
    expect(await world.run()).toMatchObject({ subscribed: 1 })
    expect((await world.notes()).map(({ from }) => from)).toEqual([start, start + hour])
  })

  it('replaces the filter of an earlier name of the stack, also where there is no room for two', async () => {
    world.groups.addGroup('/app', { filters: [{ filterName: 'tailrace-old' }, { filterName: 'theirs' }] })
    world.groups.addGroup('/roomy', { filters: [{ filterName: 'tailrace-old' }] })
    world.settings = { ...everything, formerly: ['old'] }
    await world.run()
    expect(world.filters()).toEqual(['/app theirs', `/app ${ourName}`, `/roomy ${ourName}`])
  })

  it('removes what it made, and nothing else', async () => {
    world.groups.addGroup('/app', { filters: [{ filterName: 'theirs' }] })
    world.groups.addGroup('/more')
    await world.run()
    const plan = await world.planRemoval()
    expect(plan.steps.map(({ action, target }) => `${action} ${target}`)).toEqual([
      'delete-subscription-filter /app',
      'delete-subscription-filter /more',
    ])
  })
})

describe('looking again', () => {
  it('is the turn of every group, also where hours of looks do not make a day', async () => {
    for (let at = 0; at < 30; at++) world.groups.addGroup(`/app/${at}`)
    await world.run()
    const { state } = await readSubscribeState(world.store)
    const ages: number[] = []
    for (let run = 0; run < 128; run++) {
      world.advance(hour)
      const counts = { groups: 0, kept: 0, left: 0 }
      for await (const _ of planPages({ ...world.deps(), state, callsOnGroups: 2 }, counts));
      ages.push(Math.max(...[...state.groups.values()].map(({ verified }) => world.now() - verified)))
    }
    expect(holdsMs(30, 1)).toBe(32 * hour)
    // The first were all put in one hour, so it takes one round until each has an hour of its own.
    expect(Math.max(...ages.slice(0, 62))).toBeLessThanOrEqual(62 * hour)
    expect(Math.max(...ages.slice(62))).toBeLessThanOrEqual(33 * hour)
  })

  it('leaves calls for groups that were never looked at', async () => {
    for (let at = 0; at < 20; at++) world.groups.addGroup(`/app/${at}`, { tags: { team: 'shop' } })
    world.settings = selecting('*', { tags: { team: 'shop' } })
    await world.run()
    world.advance(30 * hour)
    world.groups.addGroup('/last', { tags: { team: 'shop' } })
    const { state } = await readSubscribeState(world.store)
    const counts = { groups: 0, kept: 0, left: 0 }
    const steps = []
    for await (const page of planPages({ ...world.deps(), state, callsOnGroups: 10 }, counts)) steps.push(...page.steps)
    expect(steps.map(({ target }) => target)).toEqual(['/last'])
    expect(counts.left).toBeGreaterThan(0)
  })

  it('happens within a day for 54,000 groups, and every 29 hours for 65,000', () => {
    expect([holdsMs(54_000, 2_400), holdsMs(65_000, 2_400)]).toEqual([24 * hour, 29 * hour])
  })
})

describe('a second run at the same time', () => {
  it('backs off', async () => {
    world.groups.addGroup('/app')
    const outcomes = await Promise.allSettled([world.run(), world.run()])
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(world.filters()).toEqual([`/app ${ourName}`])
  })
})
