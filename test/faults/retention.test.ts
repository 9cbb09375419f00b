import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadPipeline } from '../../shared/config/load.js'
import type { RetentionRule } from '../../shared/config/pipeline.js'
import { heldInLake, heldSinceSubscribed } from '../../shared/jobs/retain/lake-holdings.js'
import { retainOperations } from '../../shared/jobs/retain/logs-operations.js'
import { planRetain } from '../../shared/jobs/retain/plan-retain.js'
import { runRetain } from '../../shared/jobs/retain/run-retain.js'
import { settlingMs } from '../../shared/jobs/subscribe/backfill-notes.js'
import { ledgerProperty, readLedger, writeLedger } from '../../shared/lake/ledger.js'
import { newLogTable } from '../../shared/lake/log-table.js'
import { throttled } from '../helpers/logs-server/api-error.js'
import { clientOn, impatientCaller } from '../helpers/logs-server/client.js'
import {
  everything,
  hour,
  ourName,
  type SubscribeWorld,
  selecting,
  start,
  subscribeWorld,
} from '../jobs/subscribe/subscribe-world.js'

const day = 24 * 3_600_000

let world: SubscribeWorld
beforeEach(async () => {
  world = await subscribeWorld()
})
afterEach(() => world.server.close())

const rule: RetentionRule = {
  match: ['*'],
  exclude: [],
  tags: {},
  classes: null,
  days: 30,
  enforce: true,
  shorten: true,
  discard: true,
}

function deps(changes: Partial<RetentionRule> = {}) {
  return {
    logs: retainOperations(impatientCaller(clientOn(world.server.url)).call),
    store: world.store,
    stack: world.stack,
    settings: { optOutTag: 'keep', rules: [{ ...rule, ...changes }] },
    heldSince: () => null,
    now: world.now,
  }
}

const retentions = () =>
  Object.fromEntries([...world.groups.groups].map(([name, group]) => [name, group.retentionInDays]))

/** Whoever brings in what was missed deletes the notes about it. */
async function bringIn() {
  for await (const { key } of world.store.list('state/backfill/')) await world.store.delete([key])
}

describe('retention of log groups', () => {
  it('fault 37: an explicit value, an opt-out tag, deletion protection, the DELIVERY class and an account policy hold', async () => {
    world.groups.addGroup('/explicit', { retentionInDays: 365 })
    world.groups.addGroup('/tagged', { tags: { keep: 'yes' } })
    world.groups.addGroup('/protected', { deletionProtectionEnabled: true })
    world.groups.addGroup('/delivery', { logGroupClass: 'DELIVERY' })
    world.groups.addGroup('/governed', { retentionPolicyName: 'all', retentionInDays: 90 })
    world.groups.addGroup('/unset')
    const { skipped } = await planRetain(deps({ enforce: false }))
    expect(Object.fromEntries(skipped.map(({ target, reason }) => [target, reason]))).toEqual({
      '/explicit': 'has-setting',
      '/tagged': 'opted-out',
      '/protected': 'deletion-protected',
      '/delivery': 'delivery-class',
      '/governed': 'account-policy',
    })
    expect(await runRetain(deps({ enforce: false }), { runId: 'run' })).toMatchObject({ changed: 1, failed: 0 })
    expect(retentions()).toMatchObject({ '/explicit': 365, '/tagged': undefined, '/unset': 30 })
  })

  it('fault 37: a number that CloudWatch does not take is refused before anything is deployed', async () => {
    const { config, diagnostics } = loadPipeline(
      'version: 1\nlogGroupRetention: { rules: [{ match: "*", days: 31 }] }\n',
    )
    expect(config).toBeUndefined()
    expect(diagnostics).toMatchObject([{ code: 'config/bad-retention', hint: 'the nearest that it takes is 30' }])
  })

  it('fault 37: throttled at every third call, every group is set once', async () => {
    for (let at = 0; at < 30; at++) world.groups.addGroup(`/app/${at}`)
    let calls = 0
    world.server.before = () => (++calls % 3 === 0 ? throttled() : undefined)
    expect(await runRetain(deps(), { runId: 'run' })).toMatchObject({ changed: 30, failed: 0, isDone: true })
    const set = world.server.calls.filter(
      ({ operation, refusal }) => operation === 'PutRetentionPolicy' && refusal === undefined,
    )
    expect(set).toHaveLength(30)
  })

  it('fault 37: nothing is lowered before the lake holds it: history first, then what came before the filter', async () => {
    world.groups.addGroup('/app')
    world.advance(60 * day)
    const plan = async () =>
      planRetain({ ...deps({ discard: false }), heldSince: await heldSinceSubscribed(world.store) })
    expect((await plan()).skipped).toMatchObject([{ target: '/app', reason: 'not-in-lake', isProblem: true }])
    await world.run()
    const [skipped] = (await plan()).skipped
    expect(skipped!.message).toContain(
      `the lake holds the group since ${new Date(start + 60 * day).toISOString().slice(0, 10)} only`,
    )
    await bringIn()
    expect(await plan()).toMatchObject({ steps: [{ target: '/app', days: 30 }], skipped: [] })
    // A filter is no proof: the table has nothing of the group.
    const held = await heldInLake(world.store, { load: async () => null }, loadPipeline('version: 1\n').config!)
    expect(held('/app', start)).toBeNull()
  })

  it('fault 37: a filter that somebody has widened gets its pattern back', async () => {
    world.groups.addGroup('/app')
    world.settings = selecting('*', { pattern: 'ERROR' })
    await world.run()
    const { filters } = world.groups.group('/app')
    filters.set(ourName, { ...filters.get(ourName)!, filterPattern: '' })
    world.advance(30 * hour)
    expect(await world.run()).toMatchObject({ subscribed: 1 })
    expect(world.groups.group('/app').filters.get(ourName)).toMatchObject({ filterPattern: 'ERROR' })
    expect((await heldSinceSubscribed(world.store))('/app', start)).toBe('in-part')
  })

  it('fault 37: what a sample will leave out before the filters are looked at, or without a section, is not held', async () => {
    world.groups.addGroup('/app')
    await world.run()
    await bringIn()
    const times = { hour: 0, rows: 1, bytes: 10, first: start, last: start }
    const tally = { accountId: '123456789012', logGroup: '/app', logStream: 's', ...times }
    const table = newLogTable('s3://lake/table', 'u', new Date(start))
    const key = await writeLedger(world.store, await readLedger(table, world.store), [tally], [], { newId: () => '1' })
    const metadata = { ...table, properties: { [ledgerProperty]: key! } }
    const catalog = { load: async () => ({ metadata, metadataLocation: '', version: '' }) }
    const held = async (lines: string) => {
      const { config } = loadPipeline(`version: 1\n${lines}\n`)
      return (await heldInLake(world.store, catalog, config!))('/app', start)
    }
    const subscriptions = 'subscriptions: { groups: [{ match: "*" }] }'
    expect(await held(subscriptions)).toBe(start)
    expect(await held(`groups: [{ match: "/app", sample: 0.1 }]\n${subscriptions}`)).toBe('in-part')
    expect(await held('')).toBeNull()
  })

  it('fault 37: what a pattern or a sample leaves out is not held', async () => {
    const any = everything.groups[0]!
    world.settings = {
      ...everything,
      groups: [
        { ...any, classes: ['INFREQUENT_ACCESS'] },
        { ...any, match: ['/all'] },
        { ...any, match: ['/team/*'], tags: { quiet: 'yes' }, pattern: 'ERROR' },
        { ...any, match: ['/team/*'] },
        { ...any, pattern: 'ERROR' },
      ],
    }
    for (const name of ['/all', '/sampled', '/else', '/team/loud']) world.groups.addGroup(name)
    world.groups.addGroup('/team/quiet', { tags: { quiet: 'yes' } })
    world.isSampled = name => name === '/sampled'
    await world.run()
    await bringIn()
    const held = await heldSinceSubscribed(world.store)
    const names = [...world.groups.groups.keys()].filter(name => held(name, start) !== 'in-part')
    expect(names).toEqual(['/all', '/team/loud'])
    expect(names.map(name => held(name, start))).toEqual([start, start])
    world.advance(60 * day)
    const { steps, skipped } = await planRetain({ ...deps({ discard: false }), heldSince: held })
    expect(steps.map(({ target }) => target)).toEqual(names)
    expect(skipped).toHaveLength(3)
    expect(skipped[0]).toMatchObject({ reason: 'not-in-lake', isProblem: true })
    expect(skipped[0]!.message).toContain(
      "the lake holds some of them only, as the subscription's pattern or sample says",
    )
  })

  it('fault 37: what a pattern or a sample has left out is not held when it is taken away, until it is brought in', async () => {
    const names = ['/rule', '/sample', '/tags']
    for (const name of names) world.groups.addGroup(name, { tags: { team: 'shop' } })
    const any = { ...everything.groups[0]!, tags: { team: 'shop' } }
    const rules = (pattern: string) => [
      { ...everything.groups[0]!, match: ['/rule'], pattern },
      { ...any, pattern: '' },
    ]
    const held = async () => {
      const since = await heldSinceSubscribed(world.store)
      return names.map(name => since(name, start))
    }
    world.settings = { ...everything, groups: rules('ERROR') }
    await world.run()
    await bringIn()
    // Known for an hour, so that only what has changed tells that the group is to be asked for.
    world.advance(hour)
    world.isSampled = name => name === '/sample'
    await world.run()
    expect(await held()).toEqual(['in-part', 'in-part', start])
    world.advance(60 * day)
    world.settings = { ...everything, groups: rules('') }
    world.isSampled = () => false
    expect(await held()).toEqual(['in-part', 'in-part', start])
    await world.run()
    const to = world.now() + settlingMs
    const missed = { from: start, to }
    expect(await world.notes()).toEqual([
      { logGroup: '/rule', reason: 'pattern', ...missed },
      { logGroup: '/sample', reason: 'sample', ...missed },
    ])
    expect(await held()).toEqual([to, to, start])
    const { steps } = await planRetain({
      ...deps({ discard: false }),
      heldSince: await heldSinceSubscribed(world.store),
    })
    expect(steps.map(({ target }) => target)).toEqual(['/tags'])
    await bringIn()
    expect(await held()).toEqual([start, start, start])
  })

  it('fault 37: what a sample has left out is noted also where a pattern stays, or the filter was away', async () => {
    for (const name of ['/pattern', '/away']) world.groups.addGroup(name)
    world.isSampled = () => true
    await world.run()
    await bringIn()
    world.settings = selecting('*', { pattern: 'ERROR' })
    world.advance(30 * hour)
    world.groups.group('/away').filters.delete(ourName)
    await world.run()
    await bringIn()
    world.isSampled = () => false
    for (const pattern of ['ERROR', '']) {
      world.settings = selecting('*', { pattern })
      world.advance(30 * hour)
      world.groups.group('/away').filters.delete(ourName)
      await world.run()
    }
    const found = (await world.notes()).map(({ logGroup, from, reason }) => [logGroup, from, reason])
    expect(found.filter(([name]) => name === '/pattern')).toEqual([
      ['/pattern', start, 'sample'],
      ['/pattern', start, 'pattern'],
    ])
    expect(found.filter(([name]) => name === '/away')).toEqual([
      ['/away', start, 'sample'],
      ['/away', start + 60 * hour, 'pattern'],
    ])
  })

  it('fault 37: what was left out is noted also when a run is killed, or somebody else has changed the filter', async () => {
    world.groups.addGroup('/app')
    world.settings = selecting('*', { pattern: 'ERROR' })
    await world.run()
    await bringIn()
    world.settings = everything
    world.advance(hour)
    const killed = new AbortController()
    world.server.before = operation => {
      if (operation === 'PutSubscriptionFilter') killed.abort()
      return undefined
    }
    await world.run(killed.signal)
    world.server.before = undefined
    expect((await heldSinceSubscribed(world.store))('/app', start)).not.toBe(start)
    await world.run()
    expect((await world.notes()).at(-1)).toMatchObject({ logGroup: '/app', from: start, reason: 'pattern' })
    await bringIn()
    const filter = world.groups.group('/app').filters.get(ourName)!
    world.groups.group('/app').filters.set(ourName, { ...filter, filterPattern: 'WARN' })
    world.advance(30 * hour)
    await world.run()
    expect(await world.notes()).toMatchObject([{ from: start, to: world.now() + settlingMs, reason: 'pattern' }])
  })
})
