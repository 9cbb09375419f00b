/**
 * The port to CloudWatch Logs: its control operations as the jobs use them, by their own names and the SDK's own types.
 * A job asks for the few that it uses (`Pick<LogsApi, …>`), and its function's bundle and role hold no others.
 *
 * A call that the service refuses rejects with LogsCallFailed; throttling and outages are retried before that.
 */
import type {
  CancelExportTaskRequest,
  CreateExportTaskRequest,
  CreateExportTaskResponse,
  DeleteAccountPolicyRequest,
  DeleteRetentionPolicyRequest,
  DeleteSubscriptionFilterRequest,
  DescribeAccountPoliciesRequest,
  DescribeAccountPoliciesResponse,
  DescribeExportTasksRequest,
  DescribeExportTasksResponse,
  DescribeLogGroupsRequest,
  DescribeLogGroupsResponse,
  DescribeLogStreamsRequest,
  DescribeLogStreamsResponse,
  DescribeSubscriptionFiltersRequest,
  DescribeSubscriptionFiltersResponse,
  ListTagsForResourceRequest,
  ListTagsForResourceResponse,
  PutAccountPolicyRequest,
  PutAccountPolicyResponse,
  PutRetentionPolicyRequest,
  PutSubscriptionFilterRequest,
} from '@aws-sdk/client-cloudwatch-logs'

export interface LogsCallOptions {
  readonly signal?: AbortSignal | undefined
}

export type LogsCall<Input, Output> = (input: Input, options?: LogsCallOptions) => Promise<Output>

export interface LogsApi {
  readonly describeLogGroups: LogsCall<DescribeLogGroupsRequest, DescribeLogGroupsResponse>
  readonly listTagsForResource: LogsCall<ListTagsForResourceRequest, ListTagsForResourceResponse>
  readonly describeSubscriptionFilters: LogsCall<
    DescribeSubscriptionFiltersRequest,
    DescribeSubscriptionFiltersResponse
  >
  readonly putSubscriptionFilter: LogsCall<PutSubscriptionFilterRequest, unknown>
  readonly deleteSubscriptionFilter: LogsCall<DeleteSubscriptionFilterRequest, unknown>
  readonly describeAccountPolicies: LogsCall<DescribeAccountPoliciesRequest, DescribeAccountPoliciesResponse>
  readonly putAccountPolicy: LogsCall<PutAccountPolicyRequest, PutAccountPolicyResponse>
  readonly deleteAccountPolicy: LogsCall<DeleteAccountPolicyRequest, unknown>
  readonly putRetentionPolicy: LogsCall<PutRetentionPolicyRequest, unknown>
  readonly deleteRetentionPolicy: LogsCall<DeleteRetentionPolicyRequest, unknown>
  readonly describeLogStreams: LogsCall<DescribeLogStreamsRequest, DescribeLogStreamsResponse>
  readonly createExportTask: LogsCall<CreateExportTaskRequest, CreateExportTaskResponse>
  readonly describeExportTasks: LogsCall<DescribeExportTasksRequest, DescribeExportTasksResponse>
  readonly cancelExportTask: LogsCall<CancelExportTaskRequest, unknown>
}
