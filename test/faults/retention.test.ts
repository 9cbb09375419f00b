import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadPipeline } from '../../shared/config/load.js'
import type { RetentionRule } from '../../shared/config/pipeline.js'
import { heldInLake, heldSinceSubscribed, keptInPart } from '../../shared/jobs/retain/lake-holdings.js'
import { retainOperations } from '../../shared/jobs/retain/logs-operations.js'
import { planRetain } from '../../shared/jobs/retain/plan-retain.js'
import { runRetain } from '../../shared/jobs/retain/run-retain.js'
import { throttled } from '../helpers/logs-server/api-error.js'
import { clientOn, impatientCaller } from '../helpers/logs-server/client.js'
import { type SubscribeWorld, start, subscribeWorld } from '../jobs/subscribe/subscribe-world.js'

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
    // Whoever brings the time before the filter in deletes the note about it.
    for await (const { key } of world.store.list('state/backfill/')) await world.store.delete([key])
    expect(await plan()).toMatchObject({ steps: [{ target: '/app', days: 30 }], skipped: [] })
    // A filter is no proof: the table has nothing of the group.
    const held = await heldInLake(world.store, { load: async () => null }, loadPipeline('version: 1\n').config!)
    expect(held('/app', start)).toBeNull()
  })

  it('fault 37: what a pattern or a sample leaves out is not held', async () => {
    const { config } = loadPipeline(`version: 1
groups: [{ match: "/sampled", sample: 0.1 }]
subscriptions:
  groups:
    - { match: "/tagged*", tags: { team: shop } }
    - { match: "/errors", pattern: "ERROR" }
    - { match: "/all*" }
    - { match: "*", pattern: "ERROR" }
`)
    const isInPart = keptInPart(config!)
    const names = ['/sampled', '/errors', '/all', '/tagged', '/else']
    expect(names.filter(name => !isInPart(name))).toEqual(['/all'])
    world.groups.addGroup('/errors')
    world.advance(60 * day)
    const { steps, skipped } = await planRetain({ ...deps({ discard: false }), heldSince: () => 'in-part' })
    expect([steps, skipped]).toMatchObject([[], [{ reason: 'not-in-lake', isProblem: true }]])
    expect(skipped[0]!.message).toContain(
      "the lake holds some of them only, as the subscription's pattern or sample says",
    )
  })
})
