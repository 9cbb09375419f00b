import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { trinoClient } from '../../scripts/trino/client.js'
import { TrinoFailed } from '../../scripts/trino/errors.js'

let server: Server | undefined
afterEach(() => server?.close())

/** A server that gives these answers to the statements it gets, one each. */
async function answering(answers: readonly object[]) {
  let asked = 0
  server = createServer((_request, response) => response.end(JSON.stringify(answers[asked++])))
  await new Promise<void>(resolve => server?.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const client = trinoClient(`http://127.0.0.1:${port}`, { catalog: 'lake', schema: 'tailrace' })
  return { client, asked: () => asked }
}

const rows = { columns: [{ name: 'n' }], data: [[1]] }
const failed = (errorName: string) => ({ error: { errorName, message: 'no' } })

test('asks again while the only node is not known to the scheduler', async () => {
  const { client } = await answering([failed('NO_NODES_AVAILABLE'), failed('NO_NODES_AVAILABLE'), rows])
  expect(await client.query('SELECT 1 AS n')).toEqual({ columns: ['n'], rows: [[1]] })
})

test('gives any other error at once', async () => {
  const { client, asked } = await answering([failed('SYNTAX_ERROR'), rows])
  await expect(client.query('SELEC')).rejects.toThrow(TrinoFailed)
  expect(asked()).toBe(1)
})
