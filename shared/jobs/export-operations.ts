import {
  CreateExportTaskCommand,
  DescribeExportTasksCommand,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
} from '@aws-sdk/client-cloudwatch-logs'
import type { LogsApi } from './logs-api.js'
import type { LogsCaller } from './logs-client.js'

export type ExportLogsApi = Pick<
  LogsApi,
  'describeLogGroups' | 'describeLogStreams' | 'createExportTask' | 'describeExportTasks'
>

/** What the export job calls, and no more: its bundle and its role hold nothing else. */
export function exportOperations(call: LogsCaller): ExportLogsApi {
  return {
    describeLogGroups: call('describeLogGroups', DescribeLogGroupsCommand),
    describeLogStreams: call('describeLogStreams', DescribeLogStreamsCommand),
    createExportTask: call('createExportTask', CreateExportTaskCommand),
    describeExportTasks: call('describeExportTasks', DescribeExportTasksCommand),
  }
}
