/**
 * What has to be done about one log group: decided from its rule and from what is known of its filters, and only where
 * that is not enough from what the service says.
 */
import type { SubscriptionFilter } from '@aws-sdk/client-cloudwatch-logs'
import { isOwnGroup } from '../../cloudwatch/own-groups.js'
import type { SubscriptionSettings } from '../../config/pipeline.js'
import { isRefusal } from '../errors.js'
import type { SkippedTarget } from '../job-plan.js'
import type { ListedGroup } from '../list-groups.js'
import type { LogsApi } from '../logs-api.js'
import { anyOf, compileSelections } from '../select-group.js'
import { type KnownGroup, mayHaveOurs, type SubscribeState } from './subscribe-state.js'
import type { DeleteFilterStep, PutFilterStep } from './subscribe-step.js'
import {
  asInPart,
  fingerprint,
  isInPart,
  isOfSample,
  ownedName,
  type StackDestination,
  type WantedFilter,
  wantedFilter,
} from './wanted-filter.js'

export interface PlanGroupOptions {
  readonly logs: Pick<LogsApi, 'describeSubscriptionFilters' | 'listTagsForResource'>
  readonly stack: string
  readonly settings: SubscriptionSettings
  /** Identifies the settings and the destination. */
  readonly settingsId: string
  readonly destination: StackDestination
  /** Whether `sample` leaves out some of a group's events. */
  readonly isSampled: (logGroup: string) => boolean
  readonly state: SubscribeState
  readonly now: () => number
  /** Whether one more call may be spent on one group: a new one, or one that was looked at before. */
  readonly spend: (isKnown: boolean) => boolean
  /** How long what is known of a group holds before the service is asked again. */
  readonly holdsMs: number
  readonly signal?: AbortSignal | undefined
}

export interface PlannedGroup {
  readonly step: PutFilterStep | DeleteFilterStep | null
  readonly skipped: SkippedTarget | null
  /** What is known now, where something new was learnt. */
  readonly learnt: KnownGroup | null
  /** Whether a rule selects it: what an account policy delivers. Null: not decided, since its tags are not known yet. */
  readonly isSelected: boolean | null
  /** `left`: it takes a call more than this run had. */
  readonly outcome: 'kept' | 'step' | 'skipped' | 'none' | 'left' | 'gone'
}

const quotaHoldsMs = 7 * 24 * 3_600_000

export function createGroupPlanner(options: PlanGroupOptions): (group: ListedGroup) => Promise<PlannedGroup> {
  const { logs, stack, settings, settingsId, destination, isSampled, state, now, spend, holdsMs, signal } = options
  const select = compileSelections(settings.groups)
  const isDataPath = anyOf(settings.dataPath)
  const stacks = [stack, ...settings.formerly]
  const formerNames = settings.formerly.map(ownedName)
  const ours = ownedName(stack)

  /** Filters are for groups of the class STANDARD ("Log classes", user guide), unless a rule says that it knows better. */
  const takesFilters = (logClass: string) =>
    logClass === 'STANDARD' || settings.groups.some(({ classes }) => classes?.includes(logClass))

  function refusalOf(name: string): string | null {
    if (stacks.some(each => isOwnGroup(each, name)))
      return 'a function of this stack writes to it: its events would feed back'
    if (isDataPath(name)) return 'pipeline.yml names it as a part of the data path: its events would feed back'
    return null
  }

  async function tagsOf(group: ListedGroup): Promise<Readonly<Record<string, string>>> {
    return (await logs.listTagsForResource({ resourceArn: group.arn }, { signal })).tags ?? {}
  }

  async function filtersOf(name: string): Promise<readonly SubscriptionFilter[]> {
    return (await logs.describeSubscriptionFilters({ logGroupName: name }, { signal })).subscriptionFilters ?? []
  }

  async function plan(group: ListedGroup): Promise<PlannedGroup> {
    const found = state.groups.get(group.name)
    const known = found?.created === group.created ? found : undefined
    const isFresh =
      known !== undefined && !known.isPending && known.filter !== 'full' && now() < known.verified + holdsMs
    const refusal = refusalOf(group.name)
    let rule = refusal === null ? select(asSelectable(group), undefined) : null
    const isOfNoUse = rule !== null && !takesFilters(group.logClass)
    if (isOfNoUse) rule = null
    const isKnown = known !== undefined && !known.isPending
    let asked = false
    if (rule === 'unknown') {
      // Tags change without notice; what they said holds as long as the rest of what is known.
      const isOurs = known !== undefined && mayHaveOurs(known)
      const isNewlySampled = isOurs && isSampled(group.name) && !isOfSample(known.filter)
      if (isFresh && settings.by === 'filter' && known.settings === settingsId && !isNewlySampled) {
        return { ...nothing, outcome: isOurs ? 'kept' : 'none', isSelected: isOurs }
      }
      if (!spend(isKnown)) return { ...nothing, outcome: 'left', isSelected: null }
      rule = select(asSelectable(group), await tagsOf(group))
      asked = true
    }
    const matched = rule === 'unknown' ? null : rule
    const isSelected = matched !== null && (matched.classes !== null || group.logClass === 'STANDARD')
    const wanted =
      isSelected && settings.by === 'filter' ? wantedFilter(stack, settings, destination, matched.pattern) : null
    const decided = await decide(group, known, isFresh, wanted)
    if (decided.step !== null || decided.skipped !== null) return { ...decided, isSelected }
    const learnt =
      decided.learnt ?? (asked && known !== undefined ? { ...known, settings: settingsId, pass: state.pass } : null)
    if (refusal !== null) return { ...decided, isSelected, skipped: skip(group, 'own-group', refusal) }
    const isUnfit = isOfNoUse || (matched !== null && !isSelected)
    return { ...decided, learnt, isSelected, skipped: isUnfit ? classSkip(group) : null }
  }

  async function decide(
    group: ListedGroup,
    known: KnownGroup | undefined,
    isFresh: boolean,
    wanted: WantedFilter | null,
  ): Promise<PlannedGroup> {
    const goal = wanted === null ? 'none' : fingerprint(wanted, isSampled(group.name))
    if (isFresh && known!.filter === goal) return { ...nothing, outcome: wanted === null ? 'none' : 'kept' }
    if (isFresh || !spend(known !== undefined && !known.isPending)) return fromMemory(group, known, wanted)
    return fromService(group, known, wanted, await filtersOf(group.name))
  }

  /** Without a look: a put sets a state, and a delete of what is not there is no loss. */
  function fromMemory(group: ListedGroup, known: KnownGroup | undefined, wanted: WantedFilter | null): PlannedGroup {
    const had = known !== undefined && mayHaveOurs(known)
    if (wanted !== null && (had || formerNames.length === 0)) {
      const why = had ? 'its rule, its sampling or the destination has changed' : 'a rule selects it'
      const missed = had ? leftOut(group, known, wanted, []) : ({ from: group.created, reason: 'new' } as const)
      return step(putStep(group, wanted, [], missed, why))
    }
    if (wanted === null && had) return step(deleteStep(group, [ours], 'no rule selects it any more'))
    return { ...nothing, outcome: 'left' }
  }

  function fromService(
    group: ListedGroup,
    known: KnownGroup | undefined,
    wanted: WantedFilter | null,
    filters: readonly SubscriptionFilter[],
  ): PlannedGroup {
    const current = filters.find(({ filterName }) => filterName === ours)
    const present = filters.filter(({ filterName }) => filterName === ours || formerNames.includes(filterName!))
    const former = present.map(({ filterName }) => filterName!).filter(name => name !== ours)
    const others = filters.map(({ filterName }) => filterName!).filter(name => name !== ours && !former.includes(name))
    const learnt = {
      created: group.created,
      filter: current === undefined ? 'none' : printOf(group, known, current),
      isPending: false,
      verified: now(),
      settings: settingsId,
      since: current === undefined ? 0 : known?.since || (current.creationTime ?? now()),
      pass: state.pass,
    }
    if (wanted === null) {
      const names = [...(current === undefined ? [] : [ours]), ...former]
      if (names.length > 0) return step(deleteStep(group, names, 'no rule selects it'), learnt)
      return { ...nothing, outcome: 'none', learnt }
    }
    const goal = fingerprint(wanted, isSampled(group.name))
    if (learnt.filter === goal && former.length === 0) return { ...nothing, outcome: 'kept', learnt }
    const left = leftOut(group, known, wanted, present)
    if (current !== undefined) {
      const why =
        former.length > 0 ? 'a filter of an earlier name of the stack is there, too' : 'it is not as its rule says'
      return step(putStep(group, wanted, former, left, why), learnt)
    }
    if (former.length === 0 && isFull(others.length)) {
      return { ...nothing, outcome: 'skipped', skipped: fullSkip(group, others), learnt: { ...learnt, filter: 'full' } }
    }
    const wasThere = known !== undefined && mayHaveOurs(known) && !known.isPending
    const away = (since: KnownGroup) => (isInPart(since.filter) ? since.since || group.created : since.verified)
    const missed = wasThere
      ? (left ?? ({ from: away(known), reason: 'missing' } as const))
      : ({ from: group.created, reason: 'new' } as const)
    if (former.length > 0) {
      return step(putStep(group, wanted, former, left, 'the stack had another name, and a filter under it'), learnt)
    }
    const why = wasThere ? 'its filter was taken away' : 'a rule selects it'
    // The smallest quota there is; whether it is this account's, only the attempt tells.
    const crowd =
      others.length < 2 ? '' : `; ${others.length} filters of others are there, and CloudWatch may take no more`
    return step(putStep(group, wanted, [], missed, `${why}${crowd}`), learnt)
  }

  /** What the filters that are there have left out and the wanted one would not: for as long as they may have. */
  function leftOut(
    group: ListedGroup,
    known: KnownGroup | undefined,
    wanted: WantedFilter,
    filters: readonly SubscriptionFilter[],
  ): PutFilterStep['missed'] {
    if (isSampled(group.name)) return null
    const before = known?.filter ?? 'none'
    if (isOfSample(before)) return { from: group.created, reason: 'sample' }
    if (wanted.filterPattern !== '' || !(isInPart(before) || filters.some(each => each.filterPattern))) return null
    return { from: known?.since || group.created, reason: 'pattern' }
  }

  /** Of a filter that is there. What was left out before stays known until a put has noted it. */
  function printOf(group: ListedGroup, known: KnownGroup | undefined, filter: SubscriptionFilter): string {
    const before = known?.filter ?? 'none'
    const print = fingerprint(asWanted(filter), isSampled(group.name) || isOfSample(before))
    return isInPart(before) ? asInPart(print) : print
  }

  function isFull(others: number): boolean {
    return state.quota !== null && now() < state.quota.at + quotaHoldsMs && others >= state.quota.filters
  }

  return async group => {
    try {
      return await plan(group)
    } catch (error) {
      if (isRefusal(error, 'ResourceNotFoundException')) return { ...nothing, outcome: 'gone' }
      throw error
    }
  }

  function putStep(
    group: ListedGroup,
    filter: WantedFilter,
    replaces: readonly string[],
    missed: PutFilterStep['missed'],
    why: string,
  ): PutFilterStep {
    const events = filter.filterPattern === '' ? 'all events' : `events that match ${filter.filterPattern}`
    const replacing = replaces.length === 0 ? '' : `, in place of ${replaces.join(' and ')}`
    return {
      action: 'put-subscription-filter',
      target: group.name,
      what: `deliver ${events} to ${filter.destinationArn.split(':').slice(5).join(':')}${replacing}`,
      why,
      dollarsPerMonth: null,
      created: group.created,
      filter,
      isSampled: isSampled(group.name),
      replaces,
      missed,
    }
  }

  function deleteStep(group: ListedGroup, filterNames: readonly string[], why: string): DeleteFilterStep {
    return {
      action: 'delete-subscription-filter',
      target: group.name,
      what: `take away the filter ${filterNames.join(' and ')}`,
      why: refusalOf(group.name) ?? why,
      dollarsPerMonth: null,
      created: group.created,
      filterNames,
    }
  }
}

const nothing = { step: null, skipped: null, learnt: null, isSelected: false } as const

function step(made: PutFilterStep | DeleteFilterStep, learnt: KnownGroup | null = null): PlannedGroup {
  return { ...nothing, outcome: 'step', step: made, learnt }
}

function skip(group: ListedGroup, reason: string, message: string, isProblem = false): SkippedTarget {
  return { target: group.name, reason, message, isProblem }
}

function classSkip(group: ListedGroup): SkippedTarget {
  return skip(group, 'log-class', `groups of the class ${group.logClass} take no subscription filters`)
}

export function fullSkip(group: Pick<ListedGroup, 'name'>, others: readonly string[]): SkippedTarget {
  const message = `its ${others.length} places are taken by ${others.join(', ')}: none of them is Tailrace's to remove`
  return { target: group.name, reason: 'quota-full', message, isProblem: true }
}

function asSelectable({ name, logClass }: ListedGroup) {
  return { name, logClass }
}

function asWanted(filter: SubscriptionFilter): WantedFilter {
  return {
    filterName: filter.filterName!,
    filterPattern: filter.filterPattern ?? '',
    destinationArn: filter.destinationArn!,
    roleArn: filter.roleArn ?? null,
    distribution: filter.distribution ?? 'ByLogStream',
  }
}
