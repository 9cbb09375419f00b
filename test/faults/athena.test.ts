import { AthenaClient } from '@aws-sdk/client-athena'
import { afterEach, describe, expect, it } from 'vitest'
import { runInAthena } from '../../shared/engine/athena.js'
import { AthenaCancelled, AthenaFailed, ScanCapReached } from '../../shared/engine/errors.js'
import { lowerQuery, parseQuery } from '../../shared/insights/index.js'
import { type AthenaServer, type QueryLife, startAthenaServer } from '../helpers/athena-server.js'

let server: AthenaServer | undefined
afterEach(() => server?.close())

async function ask(lives: readonly QueryLife[]): Promise<unknown> {
  server = await startAthenaServer(lives)
  const credentials = { accessKeyId: 'local', secretAccessKey: 'test' }
  const client = new AthenaClient({ endpoint: server.url, region: 'us-east-1', credentials })
  const query = 'stats count(*) as n'
  const parsed = parseQuery(query)
  const lowered =
    'ast' in parsed ? lowerQuery(parsed.ast, query, { from: 0, to: 1, now: 1, lookupTables: new Map() }) : parsed
  if (!('plan' in lowered)) throw new Error('bad query')
  const options = { client, workgroup: 'tailrace', database: 'lake', table: 'logs', sleep: () => Promise.resolve() }
  return runInAthena(lowered.plan, { snapshotId: 1n }, options).catch((error: unknown) => error)
}

const failed = (StateChangeReason: string, Retryable = false): QueryLife => ({
  states: [{ State: 'RUNNING' }, { State: 'FAILED', StateChangeReason, AthenaError: { Retryable } }],
})
const answered: QueryLife = { states: [{ State: 'SUCCEEDED' }], pages: [[['c1'], ['7.0']]] }

describe('Athena', () => {
  it('fault 50: stops a query at the scan cap, and the error says so with the bytes that are charged', async () => {
    const StateChangeReason = 'Bytes scanned limit was exceeded'
    const states = [{ State: 'RUNNING' }, { State: 'CANCELLED', StateChangeReason }]
    const error = await ask([{ states, statistics: { DataScannedInBytes: 10_485_760 } }])
    expect(error).toBeInstanceOf(ScanCapReached)
    expect(error).toMatchObject({ queryId: 'query-1', scannedBytes: 10_485_760 })
  })

  it('fault 50: a query that somebody cancels is no empty answer', async () => {
    const error = await ask([{ states: [{ State: 'CANCELLED', StateChangeReason: 'Query cancelled by user' }] }])
    expect(error).toBeInstanceOf(AthenaCancelled)
    expect(error).toMatchObject({ message: 'athena: query query-1: cancelled: Query cancelled by user' })
  })

  it('fault 50: a query that fails says why, and what to do where that is known', async () => {
    const error = await ask([failed('Query exhausted resources at this scale factor')])
    expect(error).toBeInstanceOf(AthenaFailed)
    expect(error).toMatchObject({
      message:
        'athena: query query-1: Query exhausted resources at this scale factor; ' +
        'ask for less time, fewer groups or fewer distinct keys',
    })
  })

  it('fault 50: a failure that Athena calls passing is tried once more, and only once', async () => {
    expect(await ask([failed('GENERIC_INTERNAL_ERROR', true), answered])).toMatchObject({ rows: [{ n: '7' }] })
    await server?.close()
    const error = await ask([failed('GENERIC_INTERNAL_ERROR', true), failed('again', true)])
    expect(error).toMatchObject({ queryId: 'query-2', message: 'athena: query query-2: again' })
  })
})
