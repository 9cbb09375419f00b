import { readFile } from 'node:fs/promises'
import type { Metafile } from 'esbuild'

/**
 * The IAM action of each SDK command, from the Service Authorization Reference. `null`: the SDK brings the command
 * along and never calls it here.
 */
const actionOfCommand: Readonly<Record<string, readonly string[] | null>> = {
  's3/PutObject': ['s3:PutObject'],
  's3/CreateMultipartUpload': ['s3:PutObject'],
  's3/UploadPart': ['s3:PutObject'],
  's3/CompleteMultipartUpload': ['s3:PutObject'],
  's3/AbortMultipartUpload': ['s3:AbortMultipartUpload'],
  's3/GetObject': ['s3:GetObject'],
  's3/HeadObject': ['s3:GetObject'],
  's3/ListObjectsV2': ['s3:ListBucket'],
  's3/DeleteObject': ['s3:DeleteObject'],
  's3/DeleteObjects': ['s3:DeleteObject'],
  'cloudwatch-logs/DescribeLogGroups': ['logs:DescribeLogGroups'],
  'cloudwatch-logs/ListTagsForResource': ['logs:ListTagsForResource'],
  'cloudwatch-logs/DescribeSubscriptionFilters': ['logs:DescribeSubscriptionFilters'],
  'cloudwatch-logs/PutSubscriptionFilter': ['logs:PutSubscriptionFilter'],
  'cloudwatch-logs/DeleteSubscriptionFilter': ['logs:DeleteSubscriptionFilter'],
  'cloudwatch-logs/DescribeAccountPolicies': ['logs:DescribeAccountPolicies'],
  'cloudwatch-logs/PutAccountPolicy': ['logs:PutAccountPolicy'],
  'cloudwatch-logs/DeleteAccountPolicy': ['logs:DeleteAccountPolicy'],
  'cloudwatch-logs/PutRetentionPolicy': ['logs:PutRetentionPolicy'],
  'cloudwatch-logs/DeleteRetentionPolicy': ['logs:DeleteRetentionPolicy'],
  'lambda/Invoke': ['lambda:InvokeFunction'],
  'cloudwatch-logs/DescribeLogStreams': ['logs:DescribeLogStreams'],
  'cloudwatch-logs/CreateExportTask': ['logs:CreateExportTask'],
  'cloudwatch-logs/DescribeExportTasks': ['logs:DescribeExportTasks'],
  'athena/StartQueryExecution': ['athena:StartQueryExecution'],
  'athena/GetQueryExecution': ['athena:GetQueryExecution'],
  'athena/GetQueryResults': ['athena:GetQueryResults'],
  'athena/StopQueryExecution': ['athena:StopQueryExecution'],
  'glue/GetTable': ['glue:GetTable'],
  'glue/CreateTable': ['glue:CreateTable'],
  'glue/UpdateTable': ['glue:UpdateTable'],
  // The S3 client opens a session for directory buckets, whose names end in --x-s3.
  's3/CreateSession': null,
}

/**
 * The AWS actions that a bundle can call: the SDK commands that esbuild left in it. What is not called it takes out,
 * down to the single command, because the SDK's packages are free of side effects. The clients inside the SDK's
 * credential providers do not count: in Lambda the credentials are in the environment.
 */
export async function callableActions(metafile: string): Promise<readonly string[]> {
  const { outputs } = JSON.parse(await readFile(metafile, 'utf8')) as Metafile
  const inputs = Object.values(outputs).flatMap(output => Object.entries(output.inputs))
  const commands = inputs
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .map(([path]) => /@aws-sdk\/client-([\w-]+)\/dist-es\/commands\/(\w+)Command\.js$/.exec(path))
    .filter(match => match !== null)
    .map(([, service, command]) => `${service}/${command}`)
  const actions = commands.flatMap(command => {
    const found = actionOfCommand[command]
    if (found === undefined) throw new Error(`no IAM action is known for ${command}: add it to the table`)
    return found ?? []
  })
  return [...new Set(actions)].sort()
}
