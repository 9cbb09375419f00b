import { afterEach, expect, test } from 'vitest'
import { type RuntimeApi, startRuntimeApi } from '../../../local/lambda/runtime-api.js'

let api: RuntimeApi | undefined
afterEach(() => api?.close())

test('promises the runtime no end of its connection, which a result that comes just then would die of', async () => {
  api = await startRuntimeApi(() => undefined)
  api.hand({ requestId: 'r1', payload: Buffer.from('{}'), deadline: 0, functionArn: 'arn' })
  const { headers } = await fetch(`http://${api.address}/2018-06-01/runtime/invocation/next`)
  expect([headers.get('connection'), headers.get('keep-alive')]).toEqual(['keep-alive', null])
})
