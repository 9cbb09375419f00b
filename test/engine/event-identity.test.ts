import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { logColumns } from '../../shared/engine/log-columns.js'
import { type LogRow, schemaElements } from '../../shared/parquet/schema.js'
import { exported, noon } from '../lake/landed.js'
import { answer, openLake, planOf, type TestLake } from './lake-of-files.js'

const plain = exported()
const withId: LogRow = { ...plain, arrival: noon + 500, id_random: 7n, id_index: 0 }
const withRawId: LogRow = { ...plain, id_raw: 'a-1' }

describe('a query over landing objects', () => {
  let lake: TestLake
  let objects: number
  beforeEach(async () => {
    lake = await openLake()
    objects = 0
  })
  afterEach(() => lake.close())

  /** Of all events, sorted, when these have landed too. */
  async function messages(...landed: readonly (readonly LogRow[])[]): Promise<unknown[]> {
    for (const rows of landed) await lake.land(rows, `${objects++}`)
    const { rows } = await answer(lake.engine({ cache: "it's a cache" }), planOf('fields @message | sort @message asc'))
    return rows.map(row => row['@message'])
  }

  it('has the columns of the schema', () => {
    const topLevel = schemaElements.slice(1).map(({ name }) => name)
    const names = topLevel.filter(name => !['key_value', 'key', 'value'].includes(name))
    expect(Object.keys(logColumns)).toEqual(names)
  })

  it('shows an event once however often its id was delivered, within an object and among objects', async () => {
    const next = { ...withId, id_index: 1, message: 'GET /next' }
    expect(await messages([withId, next, withId], [withId], [next])).toEqual(['GET /', 'GET /next'])
  })

  it.each<[string, Partial<LogRow>]>([
    ['account', { account_id: '111122223333' }],
    ['log group', { log_group: '/ecs/other' }],
    ['log stream', { log_stream: 'web/2' }],
    ['timestamp', { timestamp: noon + 1 }],
    ['arrival', { arrival: noon + 501 }],
    ['random part', { id_random: -7n }],
    ['index', { id_index: 1 }],
  ])('keeps events apart whose ids differ in the %s alone', async (_, change) => {
    expect(await messages([withId], [{ ...withId, ...change }])).toEqual(['GET /', 'GET /'])
  })

  it('shows one of the copies of an event that differ', async () => {
    const copies = await messages([withId], [{ ...withId, message: '[REDACTED]' }])
    expect(copies).toHaveLength(1)
    expect(['GET /', '[REDACTED]']).toContain(copies[0])
  })

  it('goes by an id of another shape as it is, and lets it stand for a copy without an id', async () => {
    const other = { ...withRawId, id_raw: 'a-2' }
    expect(await messages([withRawId, other], [withRawId], [withId], [plain])).toHaveLength(3)
  })

  it('counts each event once as matched, with or without an id, of those that pass the filters', async () => {
    const numbered = (row: LogRow, count: number) =>
      Array.from({ length: count }, (_, index) => ({ ...row, id_index: row.id_index === null ? null : index })).map(
        (own, index) => ({ ...own, timestamp: noon + index, message: `GET /${index}` }),
      )
    await lake.land(numbered(withId, 60), 'ids')
    await lake.land(numbered(withId, 40), 'ids again')
    await lake.land(numbered(plain, 80), 'none')
    await lake.land(numbered(plain, 30), 'none again')
    for (const tail of ['stats count(*)', 'sort @message desc | limit 1000', 'stats count(*) by @message']) {
      const plan = planOf(`filter @message like /GET .[1-5]/ | ${tail}`)
      const { statistics } = await answer(lake.engine({ cache: 'matched' }), plan)
      expect([tail, statistics.recordsMatched]).toEqual([tail, 55])
    }
  })

  it('takes of events without ids the largest count within one object, not the sum', async () => {
    expect(await messages([plain, plain], [plain, plain, plain], [plain])).toHaveLength(3)
    const other = { ...plain, log_stream: 'web/2', message: 'POST /' }
    expect(await messages([other, plain, other], [other, plain])).toEqual([
      ...Array(3).fill('GET /'),
      'POST /',
      'POST /',
    ])
  })

  it.each<[string, Partial<LogRow>]>([
    ['account', { account_id: '111122223333' }],
    ['log group', { log_group: '/ecs/other' }],
    ['log stream', { log_stream: 'web/2' }],
    ['timestamp', { timestamp: noon + 1 }],
  ])('keeps events without ids apart that differ in the %s alone', async (_, change) => {
    expect(await messages([plain], [{ ...plain, ...change }])).toHaveLength(2)
  })
})
