import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { LogGroupRetentionSettings, RetentionRule } from '../../../shared/config/pipeline.js'
import { retainOperations } from '../../../shared/jobs/retain/logs-operations.js'
import { planRetain } from '../../../shared/jobs/retain/plan-retain.js'
import { runRetain } from '../../../shared/jobs/retain/run-retain.js'
import { shareOlderThan, storagePrice } from '../../../shared/jobs/retain/storage-price.js'
import { memoryStore } from '../../../shared/store/memory.js'
import { throttled } from '../../helpers/logs-server/api-error.js'
import { clientOn, impatientCaller } from '../../helpers/logs-server/client.js'
import { type LogsServer, startLogsServer } from '../../helpers/logs-server/server.js'

const day = 24 * 3_600_000
const now = Date.UTC(2026, 5, 1)
const stack = 'tailrace-dev'

let server: LogsServer
beforeEach(async () => {
  server = await startLogsServer({ now: () => now - 100 * day })
})
afterEach(() => server.close())

function settings(
  ...rules: readonly (Partial<RetentionRule> & { readonly days: number | null })[]
): LogGroupRetentionSettings {
  const any = { match: ['*'], exclude: [], tags: {}, classes: null, enforce: false, shorten: false, discard: false }
  return { optOutTag: 'keep', rules: rules.map(rule => ({ ...any, ...rule })) }
}

const allHeld = (_: string, created: number) => created
const noneHeld = () => null

function deps(
  rules: LogGroupRetentionSettings,
  heldSince: (group: string, created: number) => number | null = allHeld,
) {
  const logs = retainOperations(impatientCaller(clientOn(server.url)).call)
  return { logs, stack, settings: rules, heldSince, now: () => now }
}

async function plan(rules: LogGroupRetentionSettings, heldSince = allHeld as Parameters<typeof deps>[1]) {
  const { steps, skipped } = await planRetain(deps(rules, heldSince))
  return {
    steps: steps.map(({ target, what }) => `${target}: ${what}`),
    skipped: skipped.map(({ target, reason }) => `${target}: ${reason}`),
    messages: skipped.map(({ message }) => message),
  }
}

describe('the plan of retention', () => {
  it('is about groups without a setting, unless the rule is enforced', async () => {
    server.world.addGroup('/unset')
    server.world.addGroup('/week', { retentionInDays: 7 })
    server.world.addGroup('/month', { retentionInDays: 30 })
    expect(await plan(settings({ days: 30 }))).toMatchObject({
      steps: ['/unset: for ever → 30 days'],
      skipped: ['/week: has-setting'],
    })
    expect((await plan(settings({ days: 30, enforce: true }))).steps).toEqual([
      '/unset: for ever → 30 days',
      '/week: 7 days → 30 days',
    ])
  })

  it('shortens a setting on explicit permission only', async () => {
    server.world.addGroup('/year', { retentionInDays: 365 })
    expect((await plan(settings({ days: 30, enforce: true }))).messages).toEqual([
      'from 365 to 30 days deletes events, and the rule has no shorten: true',
    ])
    expect((await plan(settings({ days: 30, enforce: true, shorten: true }))).steps).toEqual([
      '/year: 365 days → 30 days',
    ])
  })

  it('deletes nothing that the lake is not known to hold', async () => {
    server.world.addGroup('/old')
    server.world.addGroup('/young', { creationTime: now - 10 * day })
    expect(await plan(settings({ days: 30 }), noneHeld)).toEqual({
      steps: [],
      skipped: ['/old: not-in-lake', '/young: not-in-lake'],
      messages: [
        'events since 2026-02-21 would be deleted, and the lake is not known to hold them: subscribe the group and bring its history in (an export with import: true), or say discard: true',
        'from 2026-06-21 on its events would be deleted, and the lake is not known to hold them: subscribe the group and bring its history in (an export with import: true), or say discard: true',
      ],
    })
    // Only what would go now needs attention.
    const { skipped } = await planRetain(deps(settings({ days: 30 }), noneHeld))
    expect(skipped.map(({ isProblem }) => isProblem)).toEqual([true, false])
    expect((await plan(settings({ days: 30 }))).steps).toHaveLength(2)
    const partly = (_: string, created: number) => created + 20 * day
    expect((await plan(settings({ days: 30 }), partly)).messages[0]).toContain(
      'the lake holds the group since 2026-03-13 only',
    )
    expect((await plan(settings({ days: 30, discard: true }), noneHeld)).steps).toHaveLength(2)
    // What has been deleted already cannot be lost: a setting of 60 days that becomes 90.
    server.world.group('/old').retentionInDays = 60
    expect((await plan(settings({ days: 90, enforce: true }), noneHeld)).steps).toContain('/old: 60 days → 90 days')
  })

  it('takes the first rule that matches by name, tags and class, and leaves what is tagged to be left', async () => {
    server.world.addGroup('/a', { tags: { team: 'shop' } })
    server.world.addGroup('/b', { tags: { team: 'shop', keep: '' } })
    server.world.addGroup('/c', { logGroupClass: 'INFREQUENT_ACCESS' })
    const rules = settings(
      { days: 7, tags: { team: 'sh*' } },
      { days: 14, classes: ['INFREQUENT_ACCESS'] },
      { days: 365, match: ['/nothing'] },
    )
    expect(await plan(rules)).toMatchObject({
      steps: ['/a: for ever → 7 days', '/c: for ever → 14 days'],
      skipped: ['/b: opted-out'],
    })
  })

  it('asks for tags where they decide only', async () => {
    for (let at = 0; at < 10; at++) server.world.addGroup(`/set/${at}`, { retentionInDays: 30 })
    server.world.addGroup('/unset')
    await plan(settings({ days: 30, enforce: true }))
    expect(server.count('ListTagsForResource')).toBe(1)
  })

  it('tells what storing costs as a range, and what of it goes away', async () => {
    server.world.addGroup('/big', { storedBytes: 1e12 })
    const { steps } = await planRetain(deps(settings({ days: 30 })))
    const [step] = steps
    // $0.03 a GB and month, and 15 % of it when the bytes are counted before compression; 70 of 100 days go.
    expect(step!.costs).toEqual({ least: 4.5, most: 30 })
    expect(step!.saves.least).toBeCloseTo(3.15, 10)
    expect(step!.saves.most).toBeCloseTo(21, 10)
    expect(step!.dollarsPerMonth).toBeCloseTo(-3.15, 10)
    expect(storagePrice(0)).toEqual({ least: 0, most: 0 })
    expect(shareOlderThan(30, now - 10 * day, null, now)).toBe(0)
    expect(shareOlderThan(30, now - 1000 * day, 60, now)).toBe(0.5)
  })

  it("leaves Tailrace's own groups to the stack", async () => {
    server.world.addGroup('/aws/lambda/tailrace-dev-ingest', { retentionInDays: 14 })
    expect(await plan(settings({ days: 30, enforce: true }))).toMatchObject({ steps: [], skipped: [] })
  })
})

describe('a run of retain', () => {
  const run = (store = memoryStore(), signal?: AbortSignal) =>
    runRetain({ ...deps(settings({ days: 30 })), store }, { runId: 'run', ...(signal === undefined ? {} : { signal }) })

  it('sets what the plan says, through throttling, and rests for most of a day', async () => {
    for (let at = 0; at < 120; at++) server.world.addGroup(`/app/${at}`)
    let calls = 0
    server.before = () => (++calls % 7 === 0 ? throttled() : undefined)
    const store = memoryStore()
    expect(await run(store)).toMatchObject({ groups: 120, changed: 120, failed: 0, isDone: true })
    expect([...server.world.groups.values()].every(({ retentionInDays }) => retentionInDays === 30)).toBe(true)
    const before = server.calls.length
    expect(await run(store)).toMatchObject({ groups: 0, isDone: true })
    expect(server.calls).toHaveLength(before)
  })

  it('goes on where it stopped when its time was up', async () => {
    for (let at = 0; at < 120; at++) server.world.addGroup(`/app/${String(at).padStart(3, '0')}`)
    const controller = new AbortController()
    server.before = (operation, { nextToken }) => {
      if (operation === 'DescribeLogGroups' && nextToken !== undefined) controller.abort()
      return undefined
    }
    const store = memoryStore()
    const first = await run(store, controller.signal)
    expect(first).toMatchObject({ groups: 50, changed: 50, isDone: false })
    server.before = undefined
    expect(await run(store)).toMatchObject({ groups: 70, changed: 70, isDone: true })
  })

  it('does not fail for a group that vanishes while it runs', async () => {
    server.world.addGroup('/a')
    server.world.addGroup('/b')
    server.before = (operation, { logGroupName }) => {
      if (operation === 'PutRetentionPolicy' && logGroupName === '/a') server.world.groups.delete('/a')
      return undefined
    }
    expect(await run()).toMatchObject({ changed: 1, failed: 0, isDone: true })
  })
})
