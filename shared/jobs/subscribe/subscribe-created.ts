/**
 * A log group was made a moment ago: EventBridge tells it through CloudTrail, as a rule within some minutes. It is
 * subscribed at once. Neither lease nor state is needed for it: the filter is put under our name, whoever else does so
 * too, and the next scheduled run finds it.
 */
import { isRefusal } from '../errors.js'
import type { ListedGroup } from '../list-groups.js'
import { backfillKey, settlingMs, writeBackfillNotes } from './backfill-notes.js'
import { createGroupPlanner } from './plan-group.js'
import { settingsIdOf } from './plan-subscribe.js'
import { emptySubscribeReport, type SubscribeDeps, type SubscribeReport } from './run-subscribe.js'

export interface CreatedGroup {
  readonly name: string
  readonly arn: string
  readonly logClass: string
  /** ms since the epoch */
  readonly created: number
}

/** The group of a CreateLogGroup event; null for any other event, and for a call that failed. */
export function createdGroup(event: unknown): CreatedGroup | null {
  const { detail } = Object(event) as { readonly detail?: Readonly<Record<string, unknown>> }
  if (detail?.eventName !== 'CreateLogGroup' || detail.errorCode !== undefined) return null
  const parameters = Object(detail.requestParameters) as Readonly<Record<string, unknown>>
  const { logGroupName: name, logGroupClass: logClass = 'STANDARD' } = parameters
  const created = Date.parse(String(detail.eventTime))
  if (typeof name !== 'string' || Number.isNaN(created)) return null
  const region = String(detail.awsRegion)
  const partition = region.startsWith('cn-') ? 'aws-cn' : region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws'
  const arn = `arn:${partition}:logs:${region}:${String(detail.recipientAccountId)}:log-group:${name}`
  return { name, arn, logClass: String(logClass), created }
}

/** Under an account policy there is nothing to do but what the scheduled run does: null. */
export async function subscribeCreated(
  deps: SubscribeDeps,
  group: CreatedGroup,
  run: { readonly runId: string; readonly signal?: AbortSignal },
): Promise<SubscribeReport | null> {
  const { logs, store, settings, now } = deps
  if (settings.by === 'account-policy') return null
  const { signal } = run
  const report = { ...emptySubscribeReport(), groups: 1, isDone: true }
  const state = { groups: new Map(), pass: 1, cursor: undefined, quota: null }
  const planGroup = createGroupPlanner({
    ...deps,
    settingsId: settingsIdOf(settings, deps.destination),
    state,
    spend: () => true,
    holdsMs: 0,
    signal,
  })
  const { step, outcome, skipped } = await planGroup(asListed(group))
  if (step?.action !== 'put-subscription-filter') {
    if (outcome === 'kept') report.kept++
    if (skipped?.isProblem === true) {
      report.blocked++
      report.problems.push(`${skipped.target}: ${skipped.message}`)
    }
    return report
  }
  const key = backfillKey(`${new Date(group.created).toISOString().replaceAll(':', '-')}-${run.runId}`)
  const note = { logGroup: group.name, from: group.created, to: null, reason: 'new' as const }
  await writeBackfillNotes(store, key, [note])
  const { roleArn, distribution, ...filter } = step.filter
  const ofStream = roleArn === null ? {} : { roleArn, distribution }
  try {
    await logs.putSubscriptionFilter({ logGroupName: group.name, ...filter, ...ofStream }, { signal })
  } catch (error) {
    if (!isRefusal(error, 'ResourceNotFoundException')) throw error
    await writeBackfillNotes(store, key, [])
    return report
  }
  await writeBackfillNotes(store, key, [{ ...note, to: now() + settlingMs }])
  report.subscribed++
  return report
}

function asListed(group: CreatedGroup): ListedGroup {
  return { ...group, retentionDays: null, retentionPolicy: null, storedBytes: 0, isProtected: false }
}
