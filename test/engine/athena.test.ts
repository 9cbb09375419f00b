import { AthenaClient } from '@aws-sdk/client-athena'
import { afterEach, describe, expect, it } from 'vitest'
import { runInAthena } from '../../shared/engine/athena.js'
import { AthenaCancelled, AthenaFailed, ScanCapReached } from '../../shared/engine/errors.js'
import { lowerQuery, parseQuery } from '../../shared/insights/index.js'
import type { Project } from '../../shared/plan/node.js'
import { type AthenaServer, type QueryLife, startAthenaServer } from '../helpers/athena-server.js'

let server: AthenaServer | undefined
afterEach(() => server?.close())

const succeeded = { State: 'SUCCEEDED' }

async function run(
  query: string,
  lives: readonly QueryLife[],
  {
    snapshotId = 42n,
    signal,
    onPause,
  }: { snapshotId?: bigint | null; signal?: AbortSignal; onPause?: () => void } = {},
) {
  server = await startAthenaServer(lives)
  const client = new AthenaClient({
    endpoint: server.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'test' },
    maxAttempts: 1,
  })
  const pauses: number[] = []
  const sleep = async (ms: number, stopped?: AbortSignal) => {
    pauses.push(ms)
    onPause?.()
    stopped?.throwIfAborted()
  }
  const options = { client, workgroup: 'tailrace', database: 'lake', table: 'logs', sleep }
  const answer = runInAthena(planOf(query), { snapshotId }, options, signal)
  return { answer: await answer.catch((error: unknown) => error), calls: server.calls, pauses }
}

const lookupTables = new Map([
  ['large', { columns: ['a', 'b'], rows: [['x'.repeat(262_144), 'y']] }],
  ['wide', { columns: ['a', 'b'], rows: [['ä'.repeat(135_000), 'y']] }],
])

function planOf(query: string): Project {
  const parsed = parseQuery(query)
  if (!('ast' in parsed)) throw new Error('bad query')
  const lowered = lowerQuery(parsed.ast, query, { from: 1000, to: 2000, now: 2, lookupTables })
  if (!('plan' in lowered)) throw new Error('bad query')
  return lowered.plan
}

describe('a plan run in Athena', () => {
  it('gives the rows of all pages, with values as the other engine shows them', async () => {
    const query = 'stats count(*) as n, max(@timestamp) as t by level, ispresent(x) as p'
    const { answer, calls } = await run(query, [
      {
        states: [{ State: 'QUEUED' }, { State: 'RUNNING' }, succeeded],
        statistics: { DataScannedInBytes: 12_345, TotalExecutionTimeInMillis: 900 },
        pages: [
          [
            ['c1', 'c2', 'c3', 'c4'],
            ['ERROR', 'true', '1.25E3', '1500'],
          ],
          [
            [null, 'false', '2.0', '1768478400000'],
            ['', 'true', '0.12345', null],
          ],
        ],
      },
    ])
    expect(answer).toEqual({
      rows: [
        { level: 'ERROR', p: '1', n: '1250', t: '1970-01-01 00:00:01.500' },
        { p: '0', n: '2', t: '2026-01-15 12:00:00.000' },
        { level: '', p: '1', n: '0.1235' },
      ],
      statistics: { queryId: 'query-1', scannedBytes: 12_345, milliseconds: 900, isReused: false },
    })
    expect(calls.map(({ operation }) => operation)).toEqual([
      'StartQueryExecution',
      'GetQueryExecution',
      'GetQueryExecution',
      'GetQueryExecution',
      'GetQueryResults',
      'GetQueryResults',
    ])
  })

  it('reads the snapshot it names, so that an earlier result of the same statement will do', async () => {
    const { calls, answer } = await run('filter name = "o\'neil?" | limit 1', [
      { states: [succeeded], statistics: { ResultReuseInformation: { ReusedPreviousResult: true } } },
    ])
    const { QueryString, ...rest } = calls[0]!.input
    expect(rest).toEqual({
      WorkGroup: 'tailrace',
      QueryExecutionContext: { Database: 'lake' },
      ResultReuseConfiguration: { ResultReuseByAgeConfiguration: { Enabled: true, MaxAgeInMinutes: 10_080 } },
      ClientRequestToken: expect.stringMatching(/^[0-9a-f-]{36}$/),
    })
    expect(QueryString).toContain('FROM "logs" FOR VERSION AS OF 42 WHERE timestamp >=')
    expect(QueryString).toContain("'o''neil?'")
    expect(answer).toMatchObject({ statistics: { isReused: true } })
  })

  it('takes no earlier result where it names no snapshot', async () => {
    const { calls } = await run('limit 1', [{ states: [succeeded] }], { snapshotId: null })
    expect(calls[0]!.input.ResultReuseConfiguration).toEqual({ ResultReuseByAgeConfiguration: { Enabled: false } })
    expect(calls[0]!.input.QueryString).toContain('FROM "logs" WHERE')
  })

  it('looks less and less often, and is not put off by throttling', async () => {
    const running = Array<QueryLife['states'][number]>(9).fill({ State: 'RUNNING' })
    const { answer, pauses } = await run('limit 1', [{ states: [...running, 'throttled', succeeded] }])
    expect(answer).toMatchObject({ rows: [] })
    expect(pauses.map(Math.round)).toEqual([200, 300, 450, 675, 1013, 1519, 2278, 3000, 3000, 3000])
  })

  it('is stopped when its caller gives up', async () => {
    const controller = new AbortController()
    const reason = new Error('enough')
    const { answer, calls } = await run('limit 1', [{ states: [{ State: 'RUNNING' }] }], {
      signal: controller.signal,
      onPause: () => controller.abort(reason),
    })
    expect(answer).toBe(reason)
    expect(calls.at(-1)).toEqual({ operation: 'StopQueryExecution', input: { QueryExecutionId: 'query-1' } })
  })

  it('is not started when its caller gave up before', async () => {
    const { answer, calls } = await run('limit 1', [], { signal: AbortSignal.abort(new Error('before')) })
    expect([String(answer), calls]).toEqual(['Error: before', []])
  })

  it('is refused before it is sent when it is longer than Athena takes', async () => {
    const { answer, calls } = await run('lookup large a OUTPUT b', [])
    expect(answer).toBeInstanceOf(AthenaFailed)
    expect([String(answer), calls]).toEqual([expect.stringMatching(/the statement has \d+ bytes/), []])
  })

  it('is as long as its UTF-8 bytes, as Athena counts', async () => {
    const { answer, calls } = await run('lookup wide a OUTPUT b', [])
    expect([String(answer), calls]).toEqual([expect.stringMatching(/the statement has 27\d{4} bytes/), []])
  })

  it('fails with what Athena says when it is refused', async () => {
    const { answer } = await run('limit 1', [{ states: [], refused: ['InvalidRequestException', 'no such workgroup'] }])
    expect(answer).toBeInstanceOf(AthenaFailed)
    expect(answer).toMatchObject({ message: 'athena: no such workgroup', queryId: null })
  })

  it('is cancelled for its caller too when somebody else cancelled it', async () => {
    const states = [{ State: 'CANCELLED', StateChangeReason: 'Query cancelled by user' }]
    const { answer } = await run('limit 1', [{ states }])
    expect(answer).toBeInstanceOf(AthenaCancelled)
    expect(answer).not.toBeInstanceOf(ScanCapReached)
  })
})
