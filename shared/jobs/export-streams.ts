/**
 * Export folders → log streams. CreateExportTask writes `/` in a stream's name as `-`, so that `a/b` and `a-b` share a
 * folder. The names that the group has tell which one it was; where both are there, the times of their events may.
 */
import type { DescribeLogStreamsRequest, DescribeLogStreamsResponse, LogStream } from '@aws-sdk/client-cloudwatch-logs'
import { isRefusal } from './errors.js'
import type { ExportedRange } from './import-lines.js'
import type { LogsCall } from './logs-api.js'

export interface StreamName {
  readonly name: string
  /**
   * `exact`: the name holds no dash. `listed`: one stream of the group has the folder's name. `pattern`: names of Lambda
   * look like that. `assumed`: several streams fit, or none is left; the folder's name, or the likeliest, stands for it.
   */
  readonly found: 'exact' | 'listed' | 'pattern' | 'assumed'
}

/** What a stream's name becomes in a key. */
export function exportFolder(stream: string): string {
  return stream.replaceAll('/', '-')
}

export interface StreamNames {
  of(folder: string): Promise<StreamName>
}

export interface StreamNamesOptions {
  readonly logGroup: string
  readonly range: ExportedRange | null
  /** Undefined where CloudWatch Logs cannot be asked. */
  readonly describeLogStreams?: LogsCall<DescribeLogStreamsRequest, DescribeLogStreamsResponse> | undefined
}

/** Streams looked at of one group: seven minutes at the pace of the API, and more than a name is worth. */
const maxStreams = 100_000
/** By how much the last event's time of a stream may lag behind ("in rare situations … longer than an hour", API reference). */
const lagMs = 86_400_000

export function streamNames({ logGroup, range, describeLogStreams }: StreamNamesOptions): StreamNames {
  let listed: Promise<ReadonlyMap<string, readonly LogStream[]>> | undefined
  return {
    async of(folder) {
      if (!folder.includes('-')) return { name: folder, found: 'exact' }
      // `2026/01/15/[$LATEST]<32 hex digits>`, by far the most frequent names with slashes.
      const lambda = /^(\d{4})-(\d\d)-(\d\d)-(\[[^\]/]+\][0-9a-f]{32})$/.exec(folder)
      if (lambda !== null) return { name: lambda.slice(1).join('/'), found: 'pattern' }
      if (describeLogStreams === undefined) return { name: folder, found: 'assumed' }
      listed ??= listStreams(logGroup, range, describeLogStreams)
      return chosen(folder, (await listed).get(folder) ?? [], range)
    },
  }
}

function chosen(folder: string, streams: readonly LogStream[], range: ExportedRange | null): StreamName {
  if (streams.length === 1) return { name: streams[0]!.logStreamName!, found: 'listed' }
  const inRange = streams.filter(
    ({ firstEventTimestamp: first, lastEventTimestamp: last }) =>
      range === null || ((first ?? range.to) <= range.to && (last ?? range.from) >= range.from),
  )
  return { name: (inRange.length === 1 ? inRange[0]?.logStreamName : undefined) ?? folder, found: 'assumed' }
}

/** Those that had events since the beginning of the range: a group may have a stream for each container that ever ran. */
async function listStreams(
  logGroupName: string,
  range: ExportedRange | null,
  describe: LogsCall<DescribeLogStreamsRequest, DescribeLogStreamsResponse>,
): Promise<ReadonlyMap<string, readonly LogStream[]>> {
  const found = new Map<string, LogStream[]>()
  let nextToken: string | undefined
  let count = 0
  try {
    do {
      const newestFirst = range === null ? {} : { orderBy: 'LastEventTime' as const, descending: true }
      const page = await describe({ logGroupName, ...newestFirst, ...(nextToken === undefined ? {} : { nextToken }) })
      for (const stream of page.logStreams ?? []) {
        count++
        if (range !== null && (stream.lastEventTimestamp ?? range.from) < range.from - lagMs) return found
        const folder = exportFolder(stream.logStreamName ?? '')
        if (folder.includes('-')) found.set(folder, [...(found.get(folder) ?? []), stream])
      }
      nextToken = page.nextToken
    } while (nextToken !== undefined && count < maxStreams)
  } catch (error) {
    // The group is gone; what was exported of it is not.
    if (!isRefusal(error, 'ResourceNotFoundException')) throw error
  }
  return found
}
