import {
  DeleteRetentionPolicyCommand,
  DescribeLogGroupsCommand,
  ListTagsForResourceCommand,
  PutRetentionPolicyCommand,
} from '@aws-sdk/client-cloudwatch-logs'
import type { LogsCaller } from '../logs-client.js'
import type { RetainApi } from './run-retain.js'

/** The operations of this job; a bundle that has no more of the SDK than this has a role that allows no more. */
export function retainOperations(call: LogsCaller): RetainApi {
  return {
    describeLogGroups: call('describeLogGroups', DescribeLogGroupsCommand),
    listTagsForResource: call('listTagsForResource', ListTagsForResourceCommand),
    putRetentionPolicy: call('putRetentionPolicy', PutRetentionPolicyCommand),
    deleteRetentionPolicy: call('deleteRetentionPolicy', DeleteRetentionPolicyCommand),
  }
}
