import type { LogGroup } from '@aws-sdk/client-cloudwatch-logs'
import { isRefusal } from './errors.js'
import type { LogsApi } from './logs-api.js'

/** A log group as far as the jobs look at it. */
export interface ListedGroup {
  readonly name: string
  /** Without `:*`. */
  readonly arn: string
  /** ms since the epoch; tells a group from an earlier one of its name. */
  readonly created: number
  readonly logClass: string
  /** Null when events are kept for ever. */
  readonly retentionDays: number | null
  /** The account-level policy that decides the retention; null when there is none. */
  readonly retentionPolicy: string | null
  /** Uncompressed bytes of the events, and 26 for each: what CloudWatch says is stored. */
  readonly storedBytes: number
  readonly isProtected: boolean
}

export interface GroupPage {
  readonly groups: readonly ListedGroup[]
  /** What the next page is asked for with; undefined on the last. */
  readonly next: string | undefined
}

/**
 * Every log group of the account and region, by pages, from a token on. Tokens last for a day: with one that is not
 * taken any more the listing begins anew.
 */
export async function* listGroups(
  { describeLogGroups }: Pick<LogsApi, 'describeLogGroups'>,
  options: { readonly from?: string | undefined; readonly signal?: AbortSignal | undefined } = {},
): AsyncGenerator<GroupPage> {
  let nextToken = options.from
  let isFirst = true
  do {
    let page: Awaited<ReturnType<LogsApi['describeLogGroups']>>
    try {
      page = await describeLogGroups({ nextToken, limit: 50 }, { signal: options.signal })
    } catch (error) {
      if (!isFirst || nextToken === undefined || !isRefusal(error, 'InvalidParameterException')) throw error
      page = await describeLogGroups({ limit: 50 }, { signal: options.signal })
    }
    isFirst = false
    nextToken = page.nextToken
    yield { groups: (page.logGroups ?? []).map(asListed), next: nextToken }
  } while (nextToken !== undefined)
}

function asListed(group: LogGroup): ListedGroup {
  return {
    name: group.logGroupName!,
    arn: group.logGroupArn ?? group.arn!.replace(/:\*$/, ''),
    created: group.creationTime ?? 0,
    logClass: group.logGroupClass ?? 'STANDARD',
    retentionDays: group.retentionInDays ?? null,
    retentionPolicy: group.retentionPolicyName ?? null,
    storedBytes: group.storedBytes ?? 0,
    isProtected: group.deletionProtectionEnabled ?? false,
  }
}
