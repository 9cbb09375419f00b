/**
 * Calls to CloudWatch Logs at the rate that the account has, with backoff where that is not enough.
 *
 * The SDK's own retries are off (`createLogsClient`): they know neither that an account shares one rate per operation
 * among all of its programs, nor that thousands of calls are about to follow. Each operation is paced on its own. A
 * throttled call halves its operation's pace, every answered one brings it back by a step, and the throttled call waits
 * as long as chance says below a bound that doubles (full jitter), so that two programs do not meet again.
 */
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs'
import { LogsCallFailed } from './errors.js'
import type { LogsApi, LogsCallOptions } from './logs-api.js'

export function createLogsClient(region: string, endpoint?: string): CloudWatchLogsClient {
  return new CloudWatchLogsClient({
    region,
    maxAttempts: 1,
    requestHandler: { connectionTimeout: 2_000, requestTimeout: 20_000, throwOnRequestTimeout: true },
    ...(endpoint === undefined ? {} : { endpoint }),
  })
}

export interface LogsCallerOptions {
  readonly client: CloudWatchLogsClient
  /** ms since any fixed moment */
  readonly now: () => number
  /** Rejects with the signal's reason when it aborts. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>
  /** 0 up to 1 */
  readonly random: () => number
  /** Calls a second of an operation, or of each of them, in place of what is known of CloudWatch's quotas. */
  readonly callsPerSecond?: number | Readonly<Record<string, number>>
  /** Told of each retry. */
  readonly onRetry?: (operation: string, code: string, waitMs: number) => void
}

/** Makes an operation of the port of the SDK's command: `call('describeLogGroups', DescribeLogGroupsCommand)`. */
export type LogsCaller = <Name extends keyof LogsApi>(
  operation: Name,
  Command: new (input: Parameters<LogsApi[Name]>[0]) => object,
) => LogsApi[Name]

/**
 * Half of CloudWatch's default quotas for the operations that are called for each group or page, so that the account's
 * other programs go on ("CloudWatch Logs quotas", user guide: 5 to 10 a second, by region and operation).
 */
const halfOfQuota: Readonly<Record<string, number>> = {
  describeLogGroups: 5,
  describeSubscriptionFilters: 5,
  describeLogStreams: 5,
  listTagsForResource: 5,
  putSubscriptionFilter: 5,
  deleteSubscriptionFilter: 5,
  putRetentionPolicy: 5,
  deleteRetentionPolicy: 5,
  filterLogEvents: 5,
  getLogEvents: 10,
}
const otherwise = 2

const tries = 10
const firstWaitMs = 200
const longestWaitMs = 20_000

export function logsCaller(options: LogsCallerOptions): LogsCaller {
  const { client, now, sleep, random, callsPerSecond = {}, onRetry } = options
  return (operation, Command) => {
    const wanted = typeof callsPerSecond === 'number' ? callsPerSecond : callsPerSecond[operation]
    const pace = createPace(wanted ?? halfOfQuota[operation] ?? otherwise, now)
    const name = `${operation.charAt(0).toUpperCase()}${operation.slice(1)}`
    const run = async (input: Parameters<LogsApi[keyof LogsApi]>[0], { signal }: LogsCallOptions = {}) => {
      for (let attempt = 1; ; attempt++) {
        signal?.throwIfAborted()
        const waitMs = pace.reserve()
        if (waitMs > 0) await sleep(waitMs, signal)
        try {
          const answer = await client.send(
            new Command(input as never) as Sendable,
            signal === undefined ? {} : { abortSignal: signal },
          )
          pace.answered()
          return answer
        } catch (error) {
          signal?.throwIfAborted()
          const code = codeOf(error)
          if (isThrottling(code)) pace.throttled()
          if (attempt === tries || !isTransient(error, code)) throw new LogsCallFailed(name, code, error)
          const backoffMs = random() * Math.min(longestWaitMs, firstWaitMs * 2 ** attempt)
          onRetry?.(name, code, backoffMs)
          await sleep(backoffMs, signal)
        }
      }
    }
    return run as LogsApi[typeof operation]
  }
}

type Sendable = Parameters<CloudWatchLogsClient['send']>[0]

/** Hands out the moments at which an operation may be called; calls that are waiting are in line. */
function createPace(callsPerSecond: number, now: () => number) {
  const shortestMs = 1000 / callsPerSecond
  let intervalMs = shortestMs
  let next = Number.NEGATIVE_INFINITY
  return {
    /** ms until the call that reserves may be made */
    reserve(): number {
      const at = Math.max(now(), next)
      next = at + intervalMs
      return at - now()
    },
    answered(): void {
      intervalMs = Math.max(shortestMs, intervalMs * 0.95)
    },
    throttled(): void {
      intervalMs = Math.min(5_000, intervalMs * 2)
    },
  }
}

function isThrottling(code: string): boolean {
  return code === 'ThrottlingException' || code === 'TooManyRequestsException' || code === 'RequestLimitExceeded'
}

/**
 * OperationAborted: two requests about one group at once. No status: no answer came. Where this machine's clock is wrong the
 * SDK learns the right time from the refusal, and signs the next try with it.
 */
function isTransient(error: unknown, code: string): boolean {
  const { $metadata } = error as { $metadata?: { httpStatusCode?: number; clockSkewCorrected?: boolean } }
  if (isThrottling(code) || code === 'OperationAbortedException' || $metadata?.clockSkewCorrected === true) return true
  const status = $metadata?.httpStatusCode
  return code === 'Unreachable' || (status !== undefined && status >= 500)
}

function codeOf(error: unknown): string {
  const { $metadata, name } = error as { $metadata?: { httpStatusCode?: number }; name?: string }
  const isAnswer = $metadata?.httpStatusCode !== undefined
  if (isAnswer) return name ?? 'Unknown'
  // Settings that are wrong on this side have names of their own; what is left is the network.
  return name === 'CredentialsProviderError' ? name : 'Unreachable'
}
