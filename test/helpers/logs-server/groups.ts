import { ApiError, invalid, violation } from './api-error.js'
import { checkGroupName, pageOf } from './checks.js'
import type { Operations } from './server.js'
import type { LogsWorld, StubGroup } from './world.js'

const retentionValues = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
]

/** Log groups, their retention and their tags. */
export function groupOperations(world: LogsWorld): Operations {
  /** Sorted once, and again after a group came or went. */
  let sorted: readonly StubGroup[] = []
  let sortedSize = -1
  let sortedLast: StubGroup | undefined
  const inOrder = () => {
    if (sortedSize !== world.groups.size || sortedLast !== world.newest) {
      sorted = [...world.groups.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
      sortedSize = world.groups.size
      sortedLast = world.newest
    }
    return sorted
  }
  return {
    CreateLogGroup({ logGroupName, tags = {}, logGroupClass = 'STANDARD' }) {
      const name = checkGroupName(logGroupName)
      if (world.groups.has(name)) {
        throw new ApiError('ResourceAlreadyExistsException', 'The specified log group already exists')
      }
      world.addGroup(name, { tags, logGroupClass })
    },
    DeleteLogGroup({ logGroupName }) {
      const group = world.group(logGroupName)
      if (group.deletionProtectionEnabled) {
        throw new ApiError('ValidationException', 'Deletion protection is enabled for this log group.')
      }
      world.groups.delete(group.name)
    },
    DescribeLogGroups(input) {
      const { logGroupNamePrefix: prefix, logGroupNamePattern: pattern, logGroupClass } = input
      if (prefix !== undefined && pattern !== undefined) {
        throw invalid('LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.')
      }
      const isAll = prefix === undefined && pattern === undefined && logGroupClass === undefined
      const found = isAll
        ? inOrder()
        : inOrder().filter(
            group =>
              (prefix === undefined || group.name.startsWith(prefix)) &&
              (pattern === undefined || group.name.includes(pattern)) &&
              (logGroupClass === undefined || group.logGroupClass === logGroupClass),
          )
      const page = pageOf(found, ({ name }) => name, input)
      return { logGroups: page.items.map(group => groupEntry(world, group)), nextToken: page.nextToken }
    },
    PutRetentionPolicy({ logGroupName, retentionInDays }) {
      const group = world.group(logGroupName)
      if (!retentionValues.includes(retentionInDays)) {
        throw violation(retentionInDays, 'retentionInDays', `satisfy enum value set: [${retentionValues.join(', ')}]`)
      }
      group.retentionInDays = retentionInDays
    },
    DeleteRetentionPolicy({ logGroupName }) {
      world.group(logGroupName).retentionInDays = undefined
    },
    TagResource({ resourceArn, tags }) {
      const group = world.group(nameOf(world, resourceArn))
      for (const [key, value] of Object.entries(tags)) group.tags.set(key, String(value))
    },
    UntagResource({ resourceArn, tagKeys }) {
      const group = world.group(nameOf(world, resourceArn))
      for (const key of tagKeys) group.tags.delete(key)
    },
    ListTagsForResource({ resourceArn }) {
      return { tags: Object.fromEntries(world.group(nameOf(world, resourceArn)).tags) }
    },
  }
}

function groupEntry(world: LogsWorld, group: StubGroup): object {
  const { name, filters: _, tags: __, ...members } = group
  const arn = world.arnOf(name)
  return { ...members, logGroupName: name, arn: `${arn}:*`, logGroupArn: arn, metricFilterCount: 0 }
}

/** The name in a resource's ARN, which ends without `:*`. */
function nameOf(world: LogsWorld, resourceArn: string): string {
  const start = world.arnOf('')
  if (!resourceArn.startsWith(start) || resourceArn.endsWith(':*')) throw invalid('Invalid ARN')
  return resourceArn.slice(start.length)
}
