import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openLogFile } from '../../../local/logs/read-lines.js'

describe('the lines of a JSON file', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tailrace-records-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  async function linesOf(content: string | Uint8Array): Promise<string[]> {
    const path = join(folder, 'events.json')
    await writeFile(path, content)
    const lines: string[] = []
    for await (const line of (await openLogFile(path)).lines()) lines.push(line)
    return lines
  }

  const records = [
    { eventTime: '2026-01-15T12:00:00Z', eventName: 'a "[quoted]", {name}\\', nested: [{ b: [1, [], {}] }] },
    { eventTime: '2026-01-15T12:00:01Z', eventName: '', nested: [] },
  ]
  const compact = records.map(record => JSON.stringify(record))

  it.each<[string, unknown]>([
    ['a CloudTrail log file', { Records: records }],
    ['an array of events', records],
  ])('are the records of %s, however it is indented', async (_, document) => {
    for (const indent of [undefined, 1, '\t'])
      expect(await linesOf(JSON.stringify(document, null, indent))).toEqual(compact)
    expect(await linesOf(gzipSync(`\n${JSON.stringify(document)}\n`))).toEqual(compact)
  })

  it('keep numbers that JavaScript cannot hold', async () => {
    expect(await linesOf('[ { "id" : 12345678901234567890, "x": 1.10 } ]')).toEqual([
      '{"id":12345678901234567890,"x":1.10}',
    ])
  })

  it('are those of a document of many chunks', async () => {
    const many = Array.from({ length: 5_000 }, (_, id) => ({ id, text: 'ü"\\'.repeat(20) }))
    expect(await linesOf(JSON.stringify({ Records: many }, null, 2))).toEqual(
      many.map(record => JSON.stringify(record)),
    )
  })

  it.each([
    '{"a":1}\n{"a":2}',
    '[1,2]\n[3]',
    '[]',
    '{"Records":[]}',
    '{"Records":[{"a":1}],"more":1}',
    '[{"a":1},2]',
    '{"Records":[{"a":1}',
    '[2026-01-15] a line\n[2026-01-15] another',
    '[{"a":1}]\n[{"a":2}]',
  ])('are its lines when it is no document of records: %s', async content => {
    expect(await linesOf(content)).toEqual(content.split('\n'))
  })
})
