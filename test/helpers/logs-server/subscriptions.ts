import { ApiError, invalid, limitExceeded, violation } from './api-error.js'
import { checkLength, pageOf } from './checks.js'
import type { Operations } from './server.js'
import type { LogsWorld } from './world.js'

/** Subscription filters of groups. */
export function subscriptionOperations(world: LogsWorld): Operations {
  return {
    PutSubscriptionFilter(input) {
      const filterName = checkLength(input.filterName, 'filterName', 512)
      const filterPattern = checkLength(input.filterPattern, 'filterPattern', 1024)
      if (/[:*]/.test(filterName)) {
        throw violation(filterName, 'filterName', 'satisfy regular expression pattern: [^:*]*')
      }
      const destinationArn = String(input.destinationArn)
      checkDestination(world, destinationArn, input.roleArn, input.logGroupName)
      const { filters } = world.group(input.logGroupName)
      const before = filters.get(filterName)
      if (before === undefined && filters.size >= world.filterQuota) throw limitExceeded()
      filters.set(filterName, {
        filterName,
        filterPattern,
        destinationArn,
        roleArn: input.roleArn,
        distribution: input.distribution ?? 'ByLogStream',
        creationTime: before?.creationTime ?? world.now(),
      })
    },
    DescribeSubscriptionFilters(input) {
      const { name, filters } = world.group(input.logGroupName)
      const found = [...filters.values()]
        .filter(({ filterName }) => filterName.startsWith(input.filterNamePrefix ?? ''))
        .sort((a, b) => (a.filterName < b.filterName ? -1 : 1))
      const page = pageOf(found, ({ filterName }) => filterName, input)
      return {
        subscriptionFilters: page.items.map(filter => ({
          ...filter,
          logGroupName: name,
          applyOnTransformedLogs: false,
        })),
        nextToken: page.nextToken,
      }
    },
    DeleteSubscriptionFilter({ logGroupName, filterName }) {
      const { filters } = world.group(logGroupName)
      if (filters.delete(filterName)) return
      throw new ApiError('ResourceNotFoundException', 'The specified subscription filter does not exist.')
    },
  }
}

/** Before the group is looked for, as recorded. */
function checkDestination(world: LogsWorld, arn: string, roleArn: unknown, logGroupName: unknown): void {
  const [, , service, , account, ...rest] = arn.split(':')
  if (service === 'lambda') {
    if (account !== world.account) {
      const text = 'You must use DestinationPolicies to create cross account lambda triggers.'
      throw new ApiError('AccessDeniedException', `Cross-account lambda invocation passing is not allowed. ${text}`)
    }
    if (world.invocable !== undefined && !world.invocable.has(arn)) {
      const text = 'Make sure you have given CloudWatch Logs permission to execute your function.'
      throw invalid(`Could not execute the lambda function. ${text}`)
    }
    // Recorded by serverless-log-forwarding's users (its issue 13).
    if (logGroupName === `/aws/lambda/${rest[1]}`) {
      throw invalid(`The log group provided is reserved for the function logs of the destination function.`)
    }
  } else if (service === 'kinesis' && roleArn === undefined) {
    throw invalid('destinationArn for vendor kinesis cannot be used without roleArn')
  }
}
