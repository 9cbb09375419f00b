import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs'
import { type LogsCaller, logsCaller } from '../../../shared/jobs/logs-client.js'
import { stubRegion } from './world.js'

/** The SDK's client, on a stub. */
export function clientOn(url: string): CloudWatchLogsClient {
  return new CloudWatchLogsClient({
    region: stubRegion,
    endpoint: url,
    maxAttempts: 1,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  })
}

/** A caller whose waiting takes no time: its clock goes ahead by what it would have waited. */
export function impatientCaller(client: CloudWatchLogsClient): { call: LogsCaller; waitedMs: () => number } {
  let waited = 0
  const call = logsCaller({
    client,
    now: () => waited,
    sleep: async (ms, signal) => {
      signal?.throwIfAborted()
      waited += ms
    },
    random: () => 0.5,
  })
  return { call, waitedMs: () => waited }
}
