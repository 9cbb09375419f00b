import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { eraseCommand } from '../../cli/commands/erase.js'
import { lakeCommand } from '../../cli/commands/lake.js'
import { searchCommand } from '../../cli/commands/search.js'
import { lakeCatalog } from '../../cli/lake.js'
import type { TableMetadata } from '../../shared/iceberg/table-metadata.js'
import type { ErasureRecord } from '../../shared/lake/erasures.js'
import { diskStore } from '../../shared/store/disk.js'
import type { ObjectStore } from '../../shared/store/object-store.js'
import { events, noon, payload } from '../helpers/payload.js'
import { land } from './lake-of.js'
import { runCommand } from './run-command.js'

const minute = 60_000

describe('tailrace erase', () => {
  let folder: string
  let store: ObjectStore
  let here: readonly string[]
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tailrace-erase-'))
    store = diskStore(join(folder, 'lake'))
    here = ['--lake', join(folder, 'lake'), '--pipeline', join(folder, 'pipeline.yml')]
    await writeFile(join(folder, 'pipeline.yml'), 'version: 1\n')
    vi.useFakeTimers({ now: noon + minute, toFake: ['Date'] })
  })
  afterEach(async () => {
    vi.useRealTimers()
    await rm(folder, { recursive: true })
  })

  const commit = () => runCommand(lakeCommand, ['commit', ...here])
  const erase = (...args: readonly string[]) => runCommand(eraseCommand, ['--group', '*', ...args, ...here])
  const found = async () => {
    const range = ['--since', '2026-01-01', '--until', '2026-02-01']
    const { out } = await runCommand(searchCommand, ['--lake', join(folder, 'lake'), ...range, 'user'])
    return out
  }
  const records = async () => {
    const { out } = await runCommand(eraseCommand, ['--list', '--json', '--lake', join(folder, 'lake')])
    return (JSON.parse(out) as { erasures: readonly ErasureRecord[] }).erasures
  }

  it('records every request by itself, with the times that it had, and all of them hold', async () => {
    const sent = events(['user=7 in', 'user=8 in'])
    await land(store, [payload(sent)], 'first')
    await commit()
    const args = ['--since', '10m', '--pattern', '"user=7"', '--apply', '--reason', 'request 17']
    expect(await erase(...args)).toMatchObject({ code: 0, err: '' })
    vi.setSystemTime(noon + 40 * minute)
    expect(await erase(...args)).toMatchObject({ code: 0, err: '' })
    expect(await records()).toMatchObject([
      {
        from: noon - 9 * minute,
        to: noon + minute,
        asked: { since: '10m', until: null },
        rows: 1,
        reason: 'request 17',
        requestedAt: noon + minute,
        finishedAt: noon + minute,
      },
      { from: noon + 30 * minute, to: noon + 40 * minute, rows: 0, reason: 'request 17' },
    ])
    await land(store, [payload([...sent, ...events(['user=9 in'], noon + 5)])], 'cut anew')
    await commit()
    expect(await found()).not.toContain('user=7')
    expect(await found()).toContain('user=9')
  })

  it('carries on with what was cut short, in its range, when the same is asked for again', async () => {
    await land(store, [payload(events(['user=7 in', 'user=8 in']))])
    await commit()
    const args = ['--since', '10m', '--pattern', '"user=7"', '--apply', '--reason', 'request 17']
    await erase(...args)
    const [first] = await records()
    const key = `state/erasures/${first!.id}.json`
    const { holds: _, keptBy: __, ...begun } = { ...first!, finishedAt: null, rows: 0, files: 0 }
    await store.put(key, Buffer.from(JSON.stringify(begun)))
    vi.setSystemTime(noon + 3 * 60 * minute)
    const shown = await erase(...args.filter(each => each !== '--apply'))
    expect(shown.out).toContain(`${first!.id}, which was begun 2026-01-15T12:01:00.000Z and cut short`)
    const { out } = await erase(...args)
    expect(out).toContain('from 2026-01-15T11:51:00.000Z to 2026-01-15T12:01:00.000Z')
    expect(await records()).toMatchObject([
      { id: first!.id, from: first!.from, to: first!.to, requestedAt: first!.requestedAt, finishedAt: Date.now() },
    ])
    await store.put(key, Buffer.from(JSON.stringify(begun)))
    await erase(...args.slice(0, -1), 'request 18')
    expect((await records()).map(({ reason, finishedAt }) => [reason, finishedAt === null])).toEqual([
      ['request 17', true],
      ['request 18', false],
    ])
  })

  it('says what is done and what not when a held event comes in while it is under way', async () => {
    const hold = '{ groups: /held, reason: "case 4" }'
    await writeFile(join(folder, 'pipeline.yml'), `version: 1\nlegalHolds:\n  - ${hold}\n`)
    await land(store, [payload(events(['user=7 in', 'user=8 in']))])
    const begun = async () => {
      for await (const _ of store.list('state/erasures/')) return true
      return false
    }
    const late = async () => {
      while (!(await begun())) await new Promise(resolve => setImmediate(resolve))
      await land(store, [payload(events(['user=7 out']), { logGroup: '/held' })], 'late')
    }
    const [{ code, err }] = await Promise.all([erase('--pattern', '"user=7"', '--apply'), late()])
    expect(code).toBe(2)
    const [record] = await records()
    expect(record).toMatchObject({ finishedAt: null })
    expect(err).toContain('1 event has come under a legal hold while this was under way, which stops it there')
    expect(err).toContain('  /held: case 4')
    expect(err).toContain(`${record!.id} is recorded and not finished`)
    expect(err).toContain('then run the same command again')
  })

  it('ends with status 1, and says why, as long as a tag of another engine has the events', async () => {
    await land(store, [payload(events(['user=7 in', 'user=8 in']))])
    await commit()
    const tagWith = async (tags: TableMetadata['refs']) => {
      const catalog = lakeCatalog(store, { isWriter: true, files: { store, location: 's3://lake/table' } })
      const table = (await catalog.load())!
      await catalog.commit(table, { ...table.metadata, refs: { main: table.metadata.refs!.main!, ...tags } })
    }
    const { metadata } = (await lakeCatalog(store).load())!
    await tagWith({ audit: { 'snapshot-id': metadata['current-snapshot-id']!, type: 'tag' } })
    const told = '1 event stays in snapshots of audit, a tag or branch of another engine: drop it there'
    const args = ['--pattern', '"user=7"']
    const { code, out } = await erase(...args, '--apply')
    expect(code).toBe(1)
    expect(out).toContain(told)
    expect((await runCommand(eraseCommand, ['--list', ...here])).out).toContain('1 event, then still in audit')
    const shown = await erase(...args)
    expect(shown).toMatchObject({ code: 1 })
    expect(shown.out).toContain(told)
    await tagWith({})
    expect(await erase(...args, '--apply')).toMatchObject({ code: 0 })
    expect(await erase(...args)).toMatchObject({ code: 0 })
  })
})
