/**
 * One policy for the account in place of a filter on each group. A policy takes in every group but those that it names,
 * so all of ours have to be named, those too that are not there yet: otherwise the first line that a function logs comes
 * back as an event. A policy that does not is neither planned nor written.
 */
import type { AccountPolicy } from '@aws-sdk/client-cloudwatch-logs'
import { ownGroups } from '../../cloudwatch/own-groups.js'
import type { SubscriptionSettings } from '../../config/pipeline.js'
import type { SkippedTarget } from '../job-plan.js'
import type { LogsApi } from '../logs-api.js'
import type { DeletePolicyStep, PutPolicyStep } from './subscribe-step.js'
import { ownedName, type StackDestination, wantedFilter } from './wanted-filter.js'

export const policyType = 'SUBSCRIPTION_FILTER_POLICY'

/** Limit of `selectionCriteria` (PutAccountPolicy, Amazon CloudWatch Logs API reference). */
const maxCriteriaBytes = 25 * 1024

/** A policy would deliver what Tailrace's own functions log. */
export class PolicyWouldLoop extends Error {
  override name = 'PolicyWouldLoop'

  constructor(policy: string, groups: readonly string[]) {
    super(`account policy ${policy}: it does not exclude ${groups.join(', ')}, whose events would feed back`)
  }
}

export interface PlannedPolicy {
  readonly step: PutPolicyStep | DeletePolicyStep | null
  readonly skipped: readonly SkippedTarget[]
}

export interface PlanPolicyOptions {
  readonly stack: string
  readonly settings: SubscriptionSettings
  readonly destination: StackDestination
  readonly policies: readonly AccountPolicy[]
  /** Every group that is not to be delivered, in the order of the listing. */
  readonly excluded: readonly string[]
}

export async function subscriptionPolicies(
  { describeAccountPolicies }: Pick<LogsApi, 'describeAccountPolicies'>,
  signal?: AbortSignal,
): Promise<readonly AccountPolicy[]> {
  return (await describeAccountPolicies({ policyType }, { signal })).accountPolicies ?? []
}

export function planAccountPolicy(options: PlanPolicyOptions): PlannedPolicy {
  const { stack, settings, destination, policies } = options
  const name = ownedName(stack)
  const ours = policies.find(({ policyName }) => policyName === name)
  const looping = policies.filter(policy => policy !== ours).flatMap(policy => loopingSkip(policy, stack, destination))
  if (settings.by === 'filter') {
    return {
      step: ours === undefined ? null : deletePolicy(name, 'each group has a filter of its own'),
      skipped: looping,
    }
  }
  const [other] = policies.filter(policy => policy !== ours)
  if (ours === undefined && other !== undefined) {
    const message = `the account has one place for such a policy, and ${other.policyName} takes it: it is not Tailrace's to remove`
    const skipped = { target: name, reason: 'policy-quota-full', message, isProblem: true }
    return { step: null, skipped: [...looping, skipped] }
  }
  const wanted = wantedPolicy(options)
  if ('skipped' in wanted) return { step: null, skipped: [...looping, wanted.skipped] }
  const isThere =
    ours?.selectionCriteria === wanted.selectionCriteria && isSame(ours.policyDocument, wanted.policyDocument)
  return { step: isThere ? null : wanted, skipped: looping }
}

function wantedPolicy({
  stack,
  settings,
  destination,
  excluded,
}: PlanPolicyOptions): PutPolicyStep | { skipped: SkippedTarget } {
  const name = ownedName(stack)
  const names = [...new Set([...ownGroups(stack), ...excluded])].sort()
  const selectionCriteria = criteriaOf(names)
  const bytes = Buffer.byteLength(selectionCriteria)
  if (bytes > maxCriteriaBytes) {
    const message = `${names.length} groups would have to be excluded by name, which takes ${bytes} bytes of ${maxCriteriaBytes}: use by: filter`
    return { skipped: { target: name, reason: 'policy-too-large', message, isProblem: true } }
  }
  const { filterPattern, destinationArn, roleArn, distribution } = wantedFilter(
    stack,
    settings,
    destination,
    settings.groups[0]?.pattern ?? '',
  )
  const document = {
    DestinationArn: destinationArn,
    ...(roleArn === null ? {} : { RoleArn: roleArn }),
    FilterPattern: filterPattern,
    Distribution: distribution,
  }
  return {
    action: 'put-account-policy',
    target: name,
    what: `deliver all groups of the account but ${names.length} to ${destinationArn.split(':').slice(5).join(':')}`,
    why: 'subscriptions are by account policy',
    dollarsPerMonth: null,
    policyDocument: JSON.stringify(document),
    selectionCriteria,
  }
}

function deletePolicy(name: string, why: string): DeletePolicyStep {
  return {
    action: 'delete-account-policy',
    target: name,
    what: 'take away the account policy',
    why,
    dollarsPerMonth: null,
  }
}

function criteriaOf(names: readonly string[]): string {
  return `LogGroupName NOT IN [${names.map(name => JSON.stringify(name)).join(', ')}]`
}

/** The groups that a policy's criteria name. */
function excludedBy(selectionCriteria: string | undefined): ReadonlySet<string> {
  const list = /^\s*LogGroupName\s+NOT\s+IN\s+(\[[^\]]*\])\s*$/.exec(selectionCriteria ?? '')?.[1]
  if (list === undefined) return new Set()
  try {
    return new Set(JSON.parse(list) as string[])
  } catch {
    return new Set()
  }
}

/** @throws PolicyWouldLoop when the criteria leave one of the stack's own groups in */
export function checkExcludesOurs(stack: string, policy: string, selectionCriteria: string | undefined): void {
  const excluded = excludedBy(selectionCriteria)
  const missing = ownGroups(stack).filter(name => !excluded.has(name))
  if (missing.length > 0) throw new PolicyWouldLoop(policy, missing)
}

/** Somebody else's policy that delivers to us what we log ourselves. */
function loopingSkip(policy: AccountPolicy, stack: string, destination: StackDestination): readonly SkippedTarget[] {
  if (!(policy.policyDocument ?? '').includes(destination.arn)) return []
  const target = policy.policyName ?? ''
  try {
    checkExcludesOurs(stack, target, policy.selectionCriteria)
    return []
  } catch (error) {
    return [{ target, reason: 'policy-loops', message: (error as Error).message, isProblem: true }]
  }
}

function isSame(document: string | undefined, wanted: string): boolean {
  try {
    const sorted = (text: string) => JSON.stringify(Object.entries(JSON.parse(text) as object).sort())
    return document !== undefined && sorted(document) === sorted(wanted)
  } catch {
    return false
  }
}
