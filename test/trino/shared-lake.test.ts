/**
 * Trino writes to the lake between our commits and compactions, on a Trino that was obtained before
 * (`npx tsx scripts/trino.ts`): it compacts, expires, inserts, updates, changes columns and deletes. Both see the same rows after
 * every step.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TrinoAbsent } from '../../scripts/trino/errors.js'
import { presentTrino } from '../../scripts/trino/obtain.js'
import type { LogRow } from '../../shared/parquet/schema.js'
import { event, exported, noon } from '../lake/landed.js'
import { type SharedLake, type TrinoAndLakes, trinoAndLakes } from './shared-lake.js'

const trino = presentTrino()
const isPresent = !(trino instanceof TrinoAbsent)
if (!isPresent) console.log(trino.message)

const timeout = 600_000
const day = 86_400_000
const odd = "/a b%2F'é日本/😀"
const long = `/${'ü'.repeat(511)}`

const promoted = [{ field: 'status', column: 'status', type: 'long' }] as const
const ids = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index)

let world: TrinoAndLakes
beforeAll(async () => {
  if (isPresent) world = await trinoAndLakes(trino)
}, timeout)
afterAll(() => world?.close())

/** Columns and values of a statement that inserts the row. */
function insertOf(row: LogRow): readonly [string, string] {
  const { fields: _, timestamp, arrival, ...plain } = row
  const at = (ms: number | null) => `from_unixtime(${ms! / 1_000})`
  const literal = (value: unknown) =>
    typeof value === 'string' ? `'${value}'` : value === null ? 'NULL' : String(value)
  const entries = Object.entries(plain)
  return [
    ['timestamp', 'arrival', ...entries.map(([name]) => name)].join(', '),
    [at(timestamp), at(arrival), ...entries.map(([, value]) => literal(value))].join(', '),
  ]
}

describe.runIf(isPresent)('events of several days that Trino changes between our commits', () => {
  const json = (id: number, change: Partial<LogRow> = {}): LogRow =>
    event(id, { message: `{"status":${id}}`, format: 'json', timestamp: noon + (id % 3) * day, ...change })
  const textOf = (id: number) => `{"status":${id}} ${id}`
  const tick = exported({ message: 'tick' })

  it('are shown once, to us and to Trino, before and after each commit', { timeout }, async () => {
    const lake = world.lake('days', promoted)
    let wanted: readonly string[] = []
    const seen = async () =>
      (await lake.ask('fields @message, status | limit 10000 | display @message, status'))
        .map(([message, status]) => `${message} ${status ?? ''}`)
        .sort()
    const check = async (when: string) => {
      expect(await seen(), when).toEqual([...wanted].sort())
      await lake.commit()
      expect(await seen(), `${when}, committed`).toEqual([...wanted].sort())
      expect((await lake.trino('SELECT count(*) FROM logs'))[0]![0], `${when}, in Trino`).toBe(wanted.length)
    }
    // What is there when Trino begins is older than it lets go at once.
    world.ahead = -30 * day
    for (const from of [1, 5, 9]) await lake.commit(ids(from, from + 3).map(id => json(id)))
    await lake.land([json(90, { message: '{"status":"0x1"}' }), tick, tick])
    wanted = [...ids(1, 12).map(textOf), '{"status":"0x1"} 0x1', 'tick ', 'tick ']
    await check('before')

    world.ahead = 0
    await lake.trino('ALTER TABLE logs EXECUTE optimize')
    await lake.land([...ids(3, 6).map(id => json(id)), tick])
    await check('after OPTIMIZE')

    await lake.trino("ALTER TABLE logs EXECUTE expire_snapshots(retention_threshold => '7d')")
    await lake.trino("ALTER TABLE logs EXECUTE remove_orphan_files(retention_threshold => '7d')")
    const { metadata } = (await lake.catalog.load())!
    expect(metadata.snapshots!.length).toBeLessThan(4)
    await lake.land([json(13), json(1)])
    wanted = [...wanted, textOf(13)]
    await check('after expire_snapshots')

    // An event that is delivered afterwards.
    const late = json(14)
    const [columns, values] = insertOf(late)
    await lake.trino(`INSERT INTO logs (${columns}) VALUES (${values})`)
    wanted = [...wanted, textOf(14)]
    await lake.land([late, json(2)])
    await check('after INSERT')

    await lake.trino('UPDATE logs SET message = \'{"status":70}\' WHERE message = \'{"status":7}\'')
    await lake.trino(`MERGE INTO logs USING (VALUES (5, 50), (8, 80)) AS changes (old, new)
ON logs.message = format('{"status":%s}', old)
WHEN MATCHED AND new = 50 THEN DELETE
WHEN MATCHED THEN UPDATE SET message = format('{"status":%s}', new)`)
    wanted = wanted.filter(text => ![5, 7, 8].map(textOf).includes(text)).concat([70, 80].map(textOf))
    await lake.land([json(5), json(7), json(8)])
    await check('after UPDATE and MERGE')

    const first = new Date(noon).toISOString().slice(0, 10)
    await lake.trino(`DELETE FROM logs WHERE timestamp >= TIMESTAMP '${first} 00:00:00 UTC'
      AND timestamp < TIMESTAMP '${first} 00:00:00 UTC' + INTERVAL '1' DAY`)
    wanted = [...ids(1, 14).filter(id => id % 3 !== 0 && ![5, 7, 8].includes(id)), 70, 80].map(textOf)
    await check('after DELETE of a day')

    expect((await lake.compact()).rewrites.reduce((sum, { deleted }) => sum + deleted, 0)).toBe(3)
    await lake.land([json(15), json(14)])
    wanted = [...wanted, textOf(15)]
    await check('compacted')
  })
})

describe.runIf(isPresent)('what Athena is asked of promoted columns', () => {
  it('is answered from the columns where all files have them, as from the events where not', { timeout }, async () => {
    const lake = world.lake('asked', promoted)
    const query = 'filter status >= 201 | stats count(*) as n, max(status) as m'
    await lake.commit([event(1, { message: '{"status":200}' }), event(2, { message: '{"status":404}' }), event(3)])
    const promotedOnly = await lake.askLikeAthena(query)
    expect(promotedOnly.sql).not.toContain('message')
    expect(promotedOnly.rows).toEqual([[1, '404']])
    await lake.commit([event(4, { message: '{"status":"0500"}' })])
    const withMessages = await lake.askLikeAthena(query)
    expect(withMessages.sql).toContain('message')
    expect(withMessages.rows).toEqual([[2, '0500']])
  })
})

describe.runIf(isPresent)('a lake that Trino writes to as well', () => {
  let lake: SharedLake
  beforeAll(() => {
    if (isPresent) lake = world.lake('columns', promoted)
  })

  const insert = (message: string, values = '', columns = '') =>
    lake.trino(`INSERT INTO logs (timestamp, log_group, log_stream, message, id_raw, account_id, region, format, retention${columns})
VALUES (timestamp '2026-01-15 12:00:00.900 UTC', '/theirs', 's', '${message}', '${message}', '123456789012', 'us-east-1', 'text', 0${values})`)
  const theirs = (where = 'true') =>
    lake.trino(`SELECT message, log_group, CAST(status AS varchar) FROM logs WHERE ${where} ORDER BY 1, 2`)
  const ours = () => lake.ask(`fields @message, @log, status | display @message, @log, status`)
  /** The rows are these, as message, group and status, in both engines. */
  const bothSee = async (rows: readonly (readonly (string | null)[])[]) => {
    const sorted = rows.toSorted((a, b) => (a[0]! < b[0]! ? -1 : 1))
    expect(await theirs()).toEqual(sorted)
    const answer = (await ours()).toSorted((a, b) => (a[0]! < b[0]! ? -1 : 1))
    expect(answer).toEqual(sorted.map(([message, group, status]) => [message, `123456789012:${group}`, status]))
  }
  const rows: (readonly (string | null)[])[] = []
  const gone = (text: string) =>
    rows.splice(
      rows.findIndex(([message]) => message === text),
      1,
    )

  it('reads what is committed, in groups of any name, and compacts it', { timeout }, async () => {
    await lake.commit([
      event(1, { message: '{"status":200}' }),
      exported({ log_group: odd, timestamp: noon - 2 * day, message: 'x' }),
    ])
    await lake.commit([event(2, { message: '{"status":404}', timestamp: noon + day }), event(3, { log_group: long })])
    rows.push(['{"status":200}', '/ecs/orders', '200'], ['x', odd, null], ['{"status":404}', '/ecs/orders', '404'])
    rows.push(['event 3', long, null])
    await bothSee(rows)
    await lake.trino('ALTER TABLE logs EXECUTE optimize')
    const files = await lake.trino('SELECT file_path FROM "logs$files"')
    expect(files).toHaveLength(3)
    await bothSee(rows)
    for (const group of [odd, long]) {
      expect(await theirs(`log_group = '${group.replaceAll("'", "''")}'`)).toHaveLength(1)
    }
    // What it has compacted is still known when it is delivered again.
    expect(await lake.commit([event(1, { message: '{"status":200}' }), event(4)])).toMatchObject({
      rows: 1,
      duplicates: 1,
    })
    rows.push(['event 4', '/ecs/orders', null])
    await bothSee(rows)
  })

  it('expires, cleans up and inserts', { timeout }, async () => {
    await insert('theirs')
    await lake.trino(`ALTER TABLE logs EXECUTE expire_snapshots(retention_threshold => '7d')`)
    await lake.trino(`ALTER TABLE logs EXECUTE remove_orphan_files(retention_threshold => '7d')`)
    await lake.trino('ANALYZE logs')
    rows.push(['theirs', '/theirs', null])
    await bothSee(rows)
    await lake.commit([event(5)])
    rows.push(['event 5', '/ecs/orders', null])
    expect(await lake.compact()).toMatchObject({ rewrites: [{ removed: 4, added: 1 }] })
    await bothSee(rows)
  })

  it('adds, renames and drops columns, and compacts again', { timeout }, async () => {
    await lake.trino('ALTER TABLE logs ADD COLUMN team varchar')
    await insert('of a team', ", 'blue'", ', team')
    rows.push(['of a team', '/theirs', null])
    await lake.compact()
    expect(await lake.trino('SELECT message, team FROM logs WHERE team IS NOT NULL')).toEqual([['of a team', 'blue']])
    await lake.commit([event(6, { trace_id: 'trace 6' })])
    rows.push(['event 6', '/ecs/orders', null])
    await lake.trino('ALTER TABLE logs RENAME COLUMN trace_id TO trace')
    await lake.trino('ALTER TABLE logs DROP COLUMN extra')
    await lake.trino('ALTER TABLE logs EXECUTE optimize')
    await bothSee(rows)
    await lake.commit([event(7, { trace_id: 'trace 7' })])
    rows.push(['event 7', '/ecs/orders', null])
    expect(await lake.compact()).toMatchObject({ rewrites: [{ removed: 2, added: 1 }] })
    await bothSee(rows)
    expect(await lake.trino('SELECT trace FROM logs WHERE trace IS NOT NULL ORDER BY 1')).toEqual([
      ['trace 6'],
      ['trace 7'],
    ])
    expect(await lake.ask('filter ispresent(@trace_id) | sort @trace_id | display @trace_id')).toEqual([
      ['trace 6'],
      ['trace 7'],
    ])
    await lake.trino('ALTER TABLE logs RENAME COLUMN trace TO trace_id')
  })

  it('deletes a day, and rows: commits go on, queries see it, and compaction applies it', { timeout }, async () => {
    await lake.trino("DELETE FROM logs WHERE timestamp >= timestamp '2026-01-16 00:00:00 UTC'")
    gone('{"status":404}')
    await bothSee(rows)
    await lake.commit([event(8, { timestamp: noon + day }), event(9, { timestamp: noon + 2 * day })])
    await lake.trino("DELETE FROM logs WHERE message = 'event 5'")
    gone('event 5')
    rows.push(['event 8', '/ecs/orders', null], ['event 9', '/ecs/orders', null])
    await bothSee(rows)
    const later = 'filter @timestamp >= 1768564800000 | sort @message | display @message'
    expect(await lake.ask(later)).toEqual([['event 8'], ['event 9']])
    // It does not come back with a delivery.
    expect(await lake.commit([event(5), event(10)])).toMatchObject({ rows: 1, duplicates: 1 })
    rows.push(['event 10', '/ecs/orders', null])
    await bothSee(rows)
    expect(await lake.compact()).toMatchObject({
      rowDeleted: 0,
      rewrites: [{ removed: 2, added: 1, deleted: 1, erased: 0 }],
    })
    await bothSee(rows)
    await lake.trino("DELETE FROM logs WHERE message IN ('event 10', 'x')")
    await lake.trino('ALTER TABLE logs EXECUTE optimize')
    gone('event 10')
    gone('x')
    await bothSee(rows)
  })

  it('deletes rows of a file that a commit writes anew for its rows without ids', { timeout }, async () => {
    const at = noon + 5 * day
    const texts = ['kept', 'deleted']
    await lake.commit(texts.map(message => exported({ message, timestamp: at })))
    await lake.trino("DELETE FROM logs WHERE message = 'deleted'")
    await bothSee([...rows, ['kept', '/ecs/orders', null]])
    expect(await lake.commit([event(12, { message: 'kept', timestamp: at })])).toMatchObject({ rows: 0, erased: 0 })
    rows.push(['kept', '/ecs/orders', null])
    await bothSee(rows)
    // From here on Trino refuses to commit: the table was last changed in its future.
    world.ahead = 3 * day
    expect((await lake.compact()).deletedFiles).toBeGreaterThan(0)
    await bothSee(rows)
  })
})
