import { expect, it } from 'vitest'
import { callableActions } from './callable-actions.js'
import type { PackagedStack, Template } from './package-stack.js'
import { idsOfType, properties, resolveTemplate } from './resolve-template.js'
import { actionsOf, roleOf, roleStatements } from './role-statements.js'

export const key = 'arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555'
export const rawKey = 'arn:aws:kms:us-east-1:123456789012:key/66666666-7777-8888-9999-000000000000'
export const keys = { KmsKeyArn: key, RawKmsKeyArn: rawKey }

export interface Stacks {
  readonly directPackage: PackagedStack
  readonly direct: Template
  readonly kinesis: Template
  readonly kinesisWithKeys: Template
}

/**
 * What the roles of the functions allow. Not a test file of its own: packaging takes long, and is done once.
 * @param stacks of which the tests ask when they run
 */
export function roleTests(stacks: () => Stacks): void {
  /** What the code never calls but Lambda does, with the role's rights. */
  const platform = {
    always: {
      'logs:CreateLogStream': "the runtime's log",
      'logs:PutLogEvents': "the runtime's log",
      's3:PutObject': 'the record of a failed invocation',
      's3:ListBucket': 'Lambda checks it when the on-failure bucket is set',
    },
    kinesis: {
      'kinesis:DescribeStream': 'the event source mapping',
      'kinesis:DescribeStreamSummary': 'the event source mapping',
      'kinesis:GetRecords': 'the event source mapping',
      'kinesis:GetShardIterator': 'the event source mapping',
      'kinesis:ListShards': 'the event source mapping',
    },
    keys: { 'kms:GenerateDataKey': 'S3 encrypts what is put' },
    streamKey: { 'kms:Decrypt': 'Kinesis decrypts what is read' },
  }

  it('allow what the code can call and the platform needs, and nothing else', async () => {
    const { directPackage, direct, kinesis, kinesisWithKeys } = stacks()
    const called = await callableActions(directPackage.metafile('ingest'))
    expect(called).toContain('s3:PutObject')
    const needed = (...needs: Readonly<Record<string, string>>[]) =>
      [...new Set([...called, ...needs.flatMap(need => Object.keys(need))])].sort()
    const allowed = (template: Template) =>
      actionsOf(roleStatements(template, roleOf(template, 'IngestLambdaFunction')))
    expect(allowed(direct)).toEqual(needed(platform.always))
    expect(allowed(kinesis)).toEqual(needed(platform.always, platform.kinesis))
    expect(allowed(resolveTemplate(directPackage.template, keys))).toEqual(needed(platform.always, platform.keys))
    expect(allowed(kinesisWithKeys)).toEqual(
      needed(platform.always, platform.kinesis, platform.keys, platform.streamKey),
    )
  })

  it('of replay allow what it calls, and its keys, and nothing else', async () => {
    const { directPackage, direct, kinesisWithKeys } = stacks()
    const called = await callableActions(directPackage.metafile('replay'))
    const log = ['logs:CreateLogStream', 'logs:PutLogEvents']
    const allowed = (template: Template) => actionsOf(roleStatements(template, 'ReplayRole'))
    expect(allowed(direct)).toEqual([...new Set([...called, ...log])].sort())
    expect(allowed(kinesisWithKeys)).toEqual(
      [...new Set([...called, ...log, 'kms:Decrypt', 'kms:GenerateDataKey'])].sort(),
    )
  })

  it('of export allow what it calls, and its keys, and nothing else', async () => {
    const { directPackage, direct, kinesisWithKeys } = stacks()
    const called = await callableActions(directPackage.metafile('export'))
    expect(called).toContain('logs:CreateExportTask')
    const log = ['logs:CreateLogStream', 'logs:PutLogEvents']
    const allowed = (template: Template) => actionsOf(roleStatements(template, 'ExportRole'))
    expect(allowed(direct)).toEqual([...new Set([...called, ...log])].sort())
    expect(allowed(kinesisWithKeys)).toEqual(
      [...new Set([...called, ...log, 'kms:Decrypt', 'kms:GenerateDataKey'])].sort(),
    )
  })

  it('let CloudWatch Logs of this account write exports into the main bucket, and nothing else', () => {
    const { kinesis } = stacks()
    const { Statement: statements } = properties(kinesis, 'MainBucketPolicy').PolicyDocument
    const allowed = statements.filter(({ Effect }: { Effect: string }) => Effect === 'Allow')
    expect(allowed.map(({ Action }: { Action: string }) => Action)).toEqual(['s3:GetBucketAcl', 's3:PutObject'])
    expect(allowed[1].Resource).toEqual([
      { 'Fn::Sub': '${MainBucket.Arn}/aws-logs-write-test' },
      { 'Fn::Sub': '${MainBucket.Arn}/logs/exports/*' },
    ])
    for (const { Principal, Condition } of allowed) {
      expect(Principal).toEqual({ Service: { 'Fn::Sub': 'logs.${AWS::Region}.amazonaws.com' } })
      expect(Condition.StringEquals).toEqual({ 'aws:SourceAccount': { Ref: 'AWS::AccountId' } })
    }
  })

  it.each(['Commit', 'Compact'])('of %s allow what it calls, and nothing else', async name => {
    const { directPackage, kinesis, kinesisWithKeys } = stacks()
    const called = await callableActions(directPackage.metafile(name.toLowerCase()))
    expect(called).toContain('s3:DeleteObject')
    const log = ['logs:CreateLogStream', 'logs:PutLogEvents']
    const allowed = (template: Template) => actionsOf(roleStatements(template, `${name}Role`))
    expect(allowed(kinesis)).toEqual([...called, ...log].sort())
    expect(allowed(kinesisWithKeys)).toEqual([...called, ...log, 'kms:Decrypt', 'kms:GenerateDataKey'].sort())
  })

  it('of query allow what it calls, itself, its keys, what Athena does with its rights, and nothing else', async () => {
    const { directPackage, direct, kinesisWithKeys } = stacks()
    const called = await callableActions(directPackage.metafile('query'))
    expect(called).toEqual(expect.arrayContaining(['athena:StartQueryExecution', 'lambda:InvokeFunction']))
    const log = ['logs:CreateLogStream', 'logs:PutLogEvents']
    // Amazon Athena User Guide, "Access to Amazon S3" and "Configure access to databases and tables".
    const ofAthena = [
      'glue:GetDatabase',
      's3:AbortMultipartUpload',
      's3:GetBucketLocation',
      's3:ListBucketMultipartUploads',
      's3:ListMultipartUploadParts',
    ]
    const allowed = (template: Template) => actionsOf(roleStatements(template, 'QueryRole'))
    expect(allowed(direct)).toEqual([...called, ...log, ...ofAthena].sort())
    expect(allowed(kinesisWithKeys)).toEqual(
      [...called, ...log, ...ofAthena, 'kms:Decrypt', 'kms:GenerateDataKey'].sort(),
    )
  })

  it.each(['subscribe', 'retain'])('of %s allow what it calls, and nothing else', async name => {
    const { directPackage, direct, kinesis, kinesisWithKeys } = stacks()
    const called = await callableActions(directPackage.metafile(name))
    expect(called).toContain('logs:DescribeLogGroups')
    const needed = (...more: readonly string[]) =>
      [...new Set([...called, 'logs:CreateLogStream', 'logs:PutLogEvents', ...more])].sort()
    const role = `${name.charAt(0).toUpperCase()}${name.slice(1)}Role`
    const allowed = (template: Template) => actionsOf(roleStatements(template, role))
    // A stream's filters hand on the role that CloudWatch Logs writes with.
    const passes = name === 'subscribe' ? ['iam:PassRole'] : []
    expect(allowed(direct)).toEqual(needed())
    expect(allowed(kinesis)).toEqual(needed(...passes))
    expect(allowed(kinesisWithKeys)).toEqual(needed(...passes, 'kms:Decrypt', 'kms:GenerateDataKey'))
  })

  it('name the resources they are for', () => {
    const { kinesisWithKeys } = stacks()
    const statements = roleStatements(kinesisWithKeys, 'IngestRole')
    expect(Object.fromEntries(statements.map(({ Sid, Resource }) => [Sid, Resource]))).toEqual({
      WriteLanding: { 'Fn::Sub': '${MainBucket.Arn}/logs/landing/*' },
      WriteRaw: { 'Fn::Sub': '${RawBucket.Arn}/*' },
      HeadQuarantine: { 'Fn::Sub': '${RawBucket.Arn}/quarantine/*' },
      OnFailureDestination: { 'Fn::GetAtt': ['RawBucket', 'Arn'] },
      OwnLog: {
        'Fn::Sub':
          'arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/aws/lambda/tailrace-prod-ingest:*',
      },
      MainKey: key,
      RawKey: rawKey,
      ReadStream: { 'Fn::GetAtt': ['Stream', 'Arn'] },
      ReadStreamKey: key,
    })
    expect(statements.every(({ Effect }) => Effect === 'Allow')).toBe(true)
  })

  it('use no wildcard in an action and no whole-account resource', () => {
    const { direct, kinesisWithKeys } = stacks()
    for (const template of [direct, kinesisWithKeys]) {
      for (const role of idsOfType(template, 'AWS::IAM::Role')) {
        const statements = roleStatements(template, role)
        expect(actionsOf(statements).filter(action => action.includes('*'))).toEqual([])
        // Account policies have no ARN.
        const all = statements.filter(({ Resource }) => Resource === '*').map(({ Sid }) => Sid)
        expect(all).toEqual(role === 'SubscribeRole' ? ['AccountPolicies'] : [])
      }
    }
  })
}
