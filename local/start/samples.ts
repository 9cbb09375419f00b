import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { type Delivery, deliver, deliverBytes } from './delivery.js'

/** The sample batches of `events/`, and what else a subscription brings: a control message, a delivery twice, rubbish. */
export async function sampleDeliveries(root: string): Promise<readonly Delivery[]> {
  const folder = join(root, 'events')
  const manifest = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')) as readonly { file: string }[]
  const texts = await Promise.all(manifest.map(({ file }) => readFile(join(folder, file), 'utf8')))
  const samples = texts.map(text => deliver(JSON.parse(text) as object))
  const cutShort = gzipSync(texts[0] ?? '').subarray(0, 200)
  return [deliver(controlMessage), ...samples, ...samples.slice(0, 1), deliverBytes(cutShort)]
}

/** What CloudWatch Logs sends to see whether the destination is there. */
const controlMessage = {
  messageType: 'CONTROL_MESSAGE',
  owner: 'CloudwatchLogs',
  logGroup: '',
  logStream: '',
  subscriptionFilters: [],
  logEvents: [
    {
      id: '',
      timestamp: 1_768_478_400_000,
      message: 'CWL CONTROL MESSAGE: Checking health of destination Lambda function.',
    },
  ],
}
