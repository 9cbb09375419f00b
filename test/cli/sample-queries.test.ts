import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { queriesCommand } from '../../cli/commands/queries.js'
import {
  formatQuery,
  parseQuery,
  type SampleQuery,
  sampleQueries,
  withParameters,
} from '../../shared/insights/index.js'
import { diskStore } from '../../shared/store/disk.js'
import { land } from './lake-of.js'
import { runCommand } from './run-command.js'
import { payloadsOf, sampleData, samplesNow } from './samples-world.js'

/** Asks for tags of log groups, which no delivery carries. */
const empty = ['resource-tags/events-of-one-environment', 'resource-tags/tag-key-with-special-characters']

/** Which group a query begins with, where its data has several. */
const groups: Readonly<Record<string, string>> = {
  joins: '/aws/lambda/order-service',
  'api-gateway': '/aws/apigateway/shop',
}

let folder: string

beforeAll(async () => {
  // The clock goes on: what waits for it must not wait for ever.
  const [started, realNow] = [Date.now(), Date.now]
  vi.spyOn(Date, 'now').mockImplementation(() => samplesNow + realNow() - started)
  folder = await mkdtemp(join(tmpdir(), 'tailrace-samples-test-'))
  for (const [source, events] of Object.entries(sampleData)) {
    const store = diskStore(join(folder, source))
    await land(store, payloadsOf(events))
    await store.put('lookups/user_data.csv', Buffer.from('id,name,email,department\nu1,Ann,ann@example.com,sales\n'))
  }
})
afterAll(async () => {
  vi.restoreAllMocks()
  await rm(folder, { recursive: true, force: true })
})

async function answer({ name, source, query, parameters }: SampleQuery): Promise<readonly Record<string, string>[]> {
  const args = ['run', name, '--json', '--lake', join(folder, source)]
  for (const one of parameters) args.push('--param', `${one.name}=${one.example}`)
  if (groups[source] !== undefined) args.push('--group', groups[source])
  // Windows that compare with an earlier one need a window.
  if (query.includes('| diff')) args.push('--since', '1h')
  const { code, out, err } = await runCommand(queriesCommand, args)
  if (code !== 0) throw new Error(`${name}: ${err}`)
  return JSON.parse(out)
}

describe('sample queries', () => {
  it('are written in canonical form twice alike', () => {
    for (const { name, query, parameters } of sampleQueries) {
      const filled = withParameters(query, new Map(parameters.map(one => [one.name, one.example])))
      const parsed = parseQuery('query' in filled ? filled.query : '')
      if (!('ast' in parsed)) throw new Error(`${name}: ${parsed.diagnostics[0]?.message}`)
      const again = parseQuery(formatQuery(parsed.ast))
      expect('ast' in again && formatQuery(again.ast)).toBe(formatQuery(parsed.ast))
    }
  })

  it('run from the command line and answer as they did', async () => {
    const answers: { readonly name: string; readonly rows: readonly Record<string, string>[] }[] = []
    for (const sample of sampleQueries) answers.push({ name: sample.name, rows: await answer(sample) })
    expect(answers.filter(({ rows }) => rows.length === 0).map(({ name }) => name)).toEqual(empty)
    const file = fileURLToPath(new URL('../cases/insights/sample-answers.txt', import.meta.url))
    const text = answers.map(({ name, rows }) => `=== ${name}\n${written(rows)}\n`).join('\n')
    await expect(text).toMatchFileSnapshot(file)
  })
})

/** A row a line, no more than tell what the answer is. */
function written(rows: readonly Record<string, string>[]): string {
  const lines = rows.slice(0, 5).map(row => {
    const cells = Object.entries(row).map(([name, value]) => `${name}=${JSON.stringify(value.slice(0, 60))}`)
    return cells.join(' ')
  })
  return [...lines, ...(rows.length > 5 ? [`… ${rows.length} rows`] : [])].join('\n')
}
