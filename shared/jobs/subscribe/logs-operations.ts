import {
  DeleteAccountPolicyCommand,
  DeleteSubscriptionFilterCommand,
  DescribeAccountPoliciesCommand,
  DescribeLogGroupsCommand,
  DescribeSubscriptionFiltersCommand,
  ListTagsForResourceCommand,
  PutAccountPolicyCommand,
  PutSubscriptionFilterCommand,
} from '@aws-sdk/client-cloudwatch-logs'
import type { LogsCaller } from '../logs-client.js'
import type { SubscribeApi } from './run-subscribe.js'

/** The operations of this job; a bundle that has no more of the SDK than this has a role that allows no more. */
export function subscribeOperations(call: LogsCaller): SubscribeApi {
  return {
    describeLogGroups: call('describeLogGroups', DescribeLogGroupsCommand),
    listTagsForResource: call('listTagsForResource', ListTagsForResourceCommand),
    describeSubscriptionFilters: call('describeSubscriptionFilters', DescribeSubscriptionFiltersCommand),
    putSubscriptionFilter: call('putSubscriptionFilter', PutSubscriptionFilterCommand),
    deleteSubscriptionFilter: call('deleteSubscriptionFilter', DeleteSubscriptionFilterCommand),
    describeAccountPolicies: call('describeAccountPolicies', DescribeAccountPoliciesCommand),
    putAccountPolicy: call('putAccountPolicy', PutAccountPolicyCommand),
    deleteAccountPolicy: call('deleteAccountPolicy', DeleteAccountPolicyCommand),
  }
}
