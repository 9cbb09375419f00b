import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AroundOptions, eventsAround } from '../../../shared/jobs/query/events-around.js'
import { planSearch, type SearchScope } from '../../../shared/jobs/query/plan-search.js'
import type { LogRow } from '../../../shared/parquet/schema.js'
import { openLake, type TestLake } from '../../engine/lake-of-files.js'
import { rowsOf } from '../../lake/engine-reader.js'
import { event, noon } from '../../lake/landed.js'

const [second, hour] = [1000, 3_600_000]

/** Bursts with events at one time, minutes and hours apart; every seventh is what is looked for. */
const rows = Array.from({ length: 120 }, (_, index) => {
  const burst = Math.floor(index / 30)
  return event(index + 1, {
    timestamp: noon + burst * 3 * hour + Math.floor((index % 30) / 3) * [0, 1, 40, 200][burst]! * second,
    log_stream: `web/${index % 3 === 0 ? 'a' : 'b'}`,
    log_group: index % 10 === 9 ? '/ecs/basket' : '/ecs/orders',
    message: index % 7 === 0 ? `ERROR ${index}` : `line ${index}`,
  })
})

let lake: TestLake
beforeAll(async () => {
  lake = await openLake()
  await lake.append(rows.slice(0, 60))
  await lake.land(rows.slice(50), 'landed')
})
afterAll(() => lake.close())

const everything: SearchScope = { from: null, to: null, logGroups: null, logStreams: null, limit: null }

async function search(scope: Partial<SearchScope>, context: Pick<AroundOptions, 'before' | 'after'>) {
  const asked = { ...everything, ...scope, hasPointers: true }
  const planned = planSearch('ERROR', asked)
  if ('diagnostics' in planned) throw new Error('not a pattern')
  const engine = lake.engine()
  const found = await rowsOf(engine, planned.plan)
  let queries = 0
  const run: AroundOptions['run'] = plan => {
    queries++
    return rowsOf(engine, plan)
  }
  const stretches = await eventsAround(found, { ...context, from: asked.from, to: asked.to, run })
  return { stretches, queries }
}

/** What is to be found: for each stream by itself, stretches of messages with whether they match. */
function expected(given: readonly LogRow[], limit: number, before: number, after: number) {
  const matching = given.filter(({ message }) => message.startsWith('ERROR')).slice(-limit)
  const stretches: (readonly [message: string, isMatch: boolean, time: number])[][] = []
  for (const stream of new Set(given.map(row => `${row.log_group} ${row.log_stream}`))) {
    const own = given.filter(row => `${row.log_group} ${row.log_stream}` === stream)
    let previous = Number.NaN
    for (const [index, row] of own.entries()) {
      const near = own.slice(Math.max(0, index - after), index + before + 1)
      if (!near.some(one => matching.includes(one))) continue
      if (previous !== index - 1) stretches.push([])
      stretches.at(-1)!.push([row.message, matching.includes(row), row.timestamp])
      previous = index
    }
  }
  return stretches
}

describe('the events around those of a search', () => {
  it('are those right before and after each in its stream, however far they are in time', {
    timeout: 120_000,
  }, async () => {
    const given = fc.record({
      before: fc.integer({ min: 0, max: 5 }),
      after: fc.integer({ min: 0, max: 5 }),
      limit: fc.integer({ min: 1, max: 20 }),
      basketOnly: fc.boolean(),
      from: fc.constantFrom(null, noon + 4 * second, noon + 6 * hour),
      to: fc.constantFrom(null, noon + 7 * hour),
    })
    await fc.assert(
      fc.asyncProperty(given, async ({ before, after, limit, basketOnly, from, to }) => {
        const inScope = rows
          .filter(({ log_group }) => !basketOnly || log_group === '/ecs/basket')
          .filter(({ timestamp }) => (from === null || timestamp >= from) && (to === null || timestamp <= to))
        const scope = { limit, from, to, ...(basketOnly ? { logGroups: ['/ecs/basket'] } : {}) }
        const { stretches: found } = await search(scope, { before, after })
        const shown = found.map(events => events.map(({ row, isMatch }) => [row['@message'], isMatch]))
        const stretches = expected(inScope, limit, before, after)
        const wanted = stretches.map(events => events.map(([message, isMatch]) => [message, isMatch]))
        // Where a stretch ends and a neighbour begins within other bounds, they are two.
        expect(shown.flat().toSorted()).toEqual(wanted.flat().toSorted())
        for (const events of shown)
          expect(wanted.some(one => JSON.stringify(one).includes(JSON.stringify(events).slice(1, -1)))).toBe(true)
        const times = found.map(events => events[0]!.row['@timestamp']!)
        expect(times).toEqual(times.toSorted())
      }),
      { numRuns: 15, seed: 3 },
    )
  })

  it('are looked for farther only where there are too few near', async () => {
    const near = await search({ to: noon + 3 * hour + 20 * second, limit: 1 }, { before: 1, after: 0 })
    expect(near.queries).toBe(1)
    const far = await search({ to: noon + 9 * hour + 1400 * second, limit: 1 }, { before: 1, after: 0 })
    expect(far.queries).toBe(2)
    const nothing = await search({ to: noon - 1 }, { before: 2, after: 2 })
    expect(nothing).toEqual({ stretches: [], queries: 0 })
  })
})
