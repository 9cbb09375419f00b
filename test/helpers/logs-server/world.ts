import { noGroup } from './api-error.js'

export interface StubGroup {
  readonly name: string
  readonly creationTime: number
  readonly logGroupClass: string
  readonly filters: Map<string, StubFilter>
  readonly tags: Map<string, string>
  retentionInDays: number | undefined
  storedBytes: number
  deletionProtectionEnabled: boolean
  /** Of an account-level retention policy. */
  retentionPolicyName: string | undefined
}

export interface StubFilter {
  readonly filterName: string
  readonly filterPattern: string
  readonly destinationArn: string
  readonly roleArn: string | undefined
  readonly distribution: string
  readonly creationTime: number
}

export interface StubPolicy {
  readonly policyName: string
  readonly policyType: string
  readonly policyDocument: string
  readonly selectionCriteria: string | undefined
  readonly lastUpdatedTime: number
}

export interface LogsWorldOptions {
  /** Subscription filters a group can have: 2, or 5 in newer quotas. */
  readonly filterQuota?: number
  readonly now?: () => number
}

/** One account in one region. */
export interface LogsWorld {
  readonly account: string
  readonly region: string
  readonly filterQuota: number
  readonly now: () => number
  readonly groups: Map<string, StubGroup>
  /** The group that was added last. */
  newest: StubGroup | undefined
  /** By type and name. */
  readonly policies: Map<string, StubPolicy>
  /** Lambda functions that CloudWatch Logs may invoke; any when it is undefined. */
  invocable: Set<string> | undefined
  addGroup(name: string, members?: Partial<Omit<StubGroup, 'name' | 'filters' | 'tags'>> & StubMembers): StubGroup
  /** @throws ApiError when there is no such group */
  group(name: unknown): StubGroup
  arnOf(name: string): string
}

interface StubMembers {
  readonly tags?: Readonly<Record<string, string>>
  readonly filters?: readonly (Partial<StubFilter> & { readonly filterName: string })[]
}

const stubAccount = '123456789012'
export const stubRegion = 'us-east-1'

export function createWorld({ filterQuota = 2, now = Date.now }: LogsWorldOptions = {}): LogsWorld {
  const groups = new Map<string, StubGroup>()
  const world: LogsWorld = {
    account: stubAccount,
    region: stubRegion,
    filterQuota,
    now,
    groups,
    newest: undefined,
    policies: new Map(),
    invocable: undefined,
    addGroup(name, { tags = {}, filters = [], ...members } = {}) {
      const group: StubGroup = {
        name,
        creationTime: now(),
        logGroupClass: 'STANDARD',
        retentionInDays: undefined,
        storedBytes: 0,
        deletionProtectionEnabled: false,
        retentionPolicyName: undefined,
        ...members,
        filters: new Map(filters.map(filter => [filter.filterName, completeFilter(filter, now())])),
        tags: new Map(Object.entries(tags)),
      }
      groups.set(name, group)
      world.newest = group
      return group
    },
    group(name) {
      const group = groups.get(String(name))
      if (group === undefined) throw noGroup()
      return group
    },
    arnOf: name => `arn:aws:logs:${stubRegion}:${stubAccount}:log-group:${name}`,
  }
  return world
}

function completeFilter(filter: Partial<StubFilter> & { readonly filterName: string }, now: number): StubFilter {
  return {
    filterPattern: '',
    destinationArn: `arn:aws:lambda:${stubRegion}:${stubAccount}:function:somebody-elses`,
    roleArn: undefined,
    distribution: 'ByLogStream',
    creationTime: now,
    ...filter,
  }
}
