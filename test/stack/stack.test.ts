import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { exportMembers } from '../../shared/jobs/export-health.js'
import { retainHealth, subscribeHealth } from '../../shared/jobs/job-health.js'
import { commitHealth } from '../../shared/jobs/lake/lake-health.js'
import { emptyReplayReport } from '../../shared/jobs/replay.js'
import { replayMembers } from '../../shared/jobs/replay-health.js'
import { emptyRetainReport } from '../../shared/jobs/retain/run-retain.js'
import { emptyExportsReport } from '../../shared/jobs/run-exports.js'
import { emptySubscribeReport } from '../../shared/jobs/subscribe/run-subscribe.js'
import { emptyCommitReport } from '../../shared/lake/commit.js'
import { healthMembers } from '../../shared/pipeline/health.js'
import { emptyReport } from '../../shared/pipeline/report.js'
import { type PackagedStack, packageStack, type Template } from './package-stack.js'
import { idsOfType, properties, resolveTemplate } from './resolve-template.js'
import { roleOf, roleStatements } from './role-statements.js'
import { key, keys, rawKey, roleTests } from './role-tests.js'

interface EmfDocument {
  readonly _aws: {
    readonly CloudWatchMetrics: [{ readonly Namespace: string; readonly Metrics: readonly { readonly Name: string }[] }]
  }
}

let directPackage: PackagedStack
let kinesisPackage: PackagedStack
let direct: Template
let kinesis: Template
let kinesisWithKeys: Template

beforeAll(async () => {
  const set = (name: string, value: string) => `--param=${name}=${value}`
  ;[directPackage, kinesisPackage] = await Promise.all([
    packageStack(),
    packageStack('--stage', 'prod', set('mode', 'kinesis'), set('arch', 'x86_64'), set('prefix', 'logs/')),
  ])
  direct = resolveTemplate(directPackage.template)
  kinesis = resolveTemplate(kinesisPackage.template)
  kinesisWithKeys = resolveTemplate(kinesisPackage.template, keys)
  // Two packagings at once, which take minutes on a machine that does much else.
}, 360_000)

afterAll(() => Promise.all([directPackage?.remove(), kinesisPackage?.remove()]))

const permissionsTo = (template: Template, functionId: string) =>
  idsOfType(template, 'AWS::Lambda::Permission').filter(id => properties(template, id).FunctionName.Ref === functionId)

describe('the function', () => {
  it("runs on Lambda's current Node and on arm64 unless told otherwise", () => {
    expect(properties(direct, 'IngestLambdaFunction')).toMatchObject({
      FunctionName: 'tailrace-dev-ingest',
      Handler: 'index.handler',
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      MemorySize: 512,
      Timeout: 60,
      ReservedConcurrentExecutions: 25,
    })
    expect(properties(kinesis, 'IngestLambdaFunction')).toMatchObject({
      FunctionName: 'tailrace-prod-ingest',
      Architectures: ['x86_64'],
      MemorySize: 1769,
      ReservedConcurrentExecutions: 100,
    })
  })

  it('is told its buckets, its prefix and its stack', () => {
    expect(properties(kinesis, 'IngestLambdaFunction').Environment.Variables).toEqual({
      TAILRACE_BUCKET: { Ref: 'MainBucket' },
      TAILRACE_RAW_BUCKET: { Ref: 'RawBucket' },
      TAILRACE_PREFIX: 'logs/',
      TAILRACE_STACK: 'tailrace-prod',
      POWERTOOLS_SERVICE_NAME: 'tailrace-prod-ingest',
      POWERTOOLS_LOG_LEVEL: 'INFO',
    })
  })

  it('has a log group of its own that forgets', () => {
    expect(properties(direct, 'IngestLogGroup')).toEqual({
      LogGroupName: '/aws/lambda/tailrace-dev-ingest',
      RetentionInDays: 14,
    })
  })

  it('has a role of its own, and nothing makes one for it', () => {
    for (const template of [direct, kinesis]) {
      const functions = idsOfType(template, 'AWS::Lambda::Function')
      const roles = functions.map(id => roleOf(template, id))
      expect(new Set(roles).size).toBe(functions.length)
      expect(Object.keys(template.Resources)).not.toContain('IamRoleLambdaExecution')
    }
  })

  it('leaves what failed to the end in the raw bucket', () => {
    for (const template of [direct, kinesis]) {
      expect(properties(template, 'IngestInvokeConfig')).toEqual({
        FunctionName: { Ref: 'IngestLambdaFunction' },
        Qualifier: '$LATEST',
        MaximumRetryAttempts: 2,
        MaximumEventAgeInSeconds: 21600,
        DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': ['RawBucket', 'Arn'] } } },
      })
    }
  })
})

describe('roles', () => roleTests(() => ({ directPackage, direct, kinesis, kinesisWithKeys })))

describe('buckets', () => {
  it('are public to nobody, owned by the account and spoken to over TLS only', () => {
    for (const template of [direct, kinesis]) {
      for (const id of idsOfType(template, 'AWS::S3::Bucket')) {
        const policy = Object.values(template.Resources).find(
          ({ Type, Properties }) => Type === 'AWS::S3::BucketPolicy' && Properties.Bucket.Ref === id,
        )
        expect(properties(template, id).PublicAccessBlockConfiguration, id).toEqual({
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        })
        const statements = policy?.Properties.PolicyDocument.Statement as readonly { readonly Effect: string }[]
        expect(
          statements.filter(({ Effect }) => Effect === 'Deny'),
          id,
        ).toMatchObject([{ Effect: 'Deny', Principal: '*', Action: 's3:*', Condition: { Bool: {} } }])
        expect(`${policy?.Properties.PolicyDocument.Statement[0].Condition.Bool['aws:SecureTransport']}`).toBe('false')
        expect(policy?.Properties.PolicyDocument.Statement[0].Resource, id).toHaveLength(2)
      }
    }
    for (const id of ['MainBucket', 'RawBucket']) {
      expect(properties(direct, id).OwnershipControls).toEqual({ Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] })
    }
  })

  it("are encrypted with S3's keys, or with the customer's when there are any", () => {
    const encryption = (template: Template, id: string) =>
      properties(template, id).BucketEncryption.ServerSideEncryptionConfiguration
    for (const id of ['MainBucket', 'RawBucket', 'ServerlessDeploymentBucket']) {
      expect(encryption(direct, id)).toEqual([{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }])
    }
    for (const [id, keyArn] of Object.entries({ MainBucket: key, RawBucket: rawKey })) {
      expect(encryption(kinesisWithKeys, id)).toEqual([
        { ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: keyArn }, BucketKeyEnabled: true },
      ])
    }
  })

  it('expire raw material and never anything of the lake', () => {
    for (const [template, days] of [[direct, 30] as const, [kinesis, 90] as const]) {
      expect(properties(template, 'MainBucket')).not.toHaveProperty('LifecycleConfiguration')
      expect(properties(template, 'RawBucket').LifecycleConfiguration.Rules).toEqual([
        {
          Id: 'expire-raw-material',
          Status: 'Enabled',
          ExpirationInDays: days,
          AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
        },
      ])
    }
  })

  it('survive the stack', () => {
    for (const id of ['MainBucket', 'RawBucket']) {
      expect(direct.Resources[id]).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' })
    }
  })

  it('take a name when one is given', () => {
    expect(properties(direct, 'MainBucket')).not.toHaveProperty('BucketName')
    const named = resolveTemplate(directPackage.template, { MainBucketName: 'lake', RawBucketName: 'raw' })
    expect(properties(named, 'MainBucket').BucketName).toBe('lake')
    expect(properties(named, 'RawBucket').BucketName).toBe('raw')
  })
})

describe('Glue and Athena', () => {
  it('own a database, and no table', () => {
    expect(properties(direct, 'GlueDatabase')).toMatchObject({
      CatalogId: { Ref: 'AWS::AccountId' },
      DatabaseInput: { Name: 'tailrace_dev' },
    })
    expect(idsOfType(kinesis, 'AWS::Glue::Table')).toEqual([])
  })

  it('tell the functions that know the table where it is, and no other', () => {
    const functions = idsOfType(kinesis, 'AWS::Lambda::Function')
    const told = functions.filter(id => properties(kinesis, id).Environment.Variables.TAILRACE_CATALOG !== undefined)
    expect(new Set(told.map(id => properties(kinesis, id).Environment.Variables.TAILRACE_CATALOG))).toEqual(
      new Set(['glue:tailrace_prod.logs']),
    )
    expect(told.map(id => id.replace('LambdaFunction', '')).sort()).toEqual([
      'Commit',
      'Compact',
      'Export',
      'Query',
      'Replay',
      'Retain',
    ])
  })

  it('let writers change the one table and readers look at it', () => {
    const table = ['catalog', 'database/tailrace_dev', 'table/tailrace_dev/logs']
    const resources = table.map(name => ({
      'Fn::Sub': `arn:\${AWS::Partition}:glue:\${AWS::Region}:\${AWS::AccountId}:${name}`,
    }))
    const ofGlue = (role: string) => roleStatements(direct, role).filter(({ Sid }) => Sid.endsWith('Catalog'))
    for (const role of ['CommitRole', 'CompactRole']) {
      expect(ofGlue(role)).toMatchObject([
        { Action: ['glue:GetTable', 'glue:CreateTable', 'glue:UpdateTable'], Resource: resources },
      ])
    }
    for (const role of ['QueryRole', 'ExportRole', 'ReplayRole', 'RetainRole']) {
      expect(ofGlue(role)).toMatchObject([{ Action: 'glue:GetTable', Resource: resources }])
    }
  })

  it('have one workgroup, which caps, encrypts and keeps apart what queries give', () => {
    const { WorkGroupConfiguration: workgroup, ...named } = properties(kinesisWithKeys, 'AthenaWorkgroup')
    expect(named).toMatchObject({ Name: 'tailrace-prod', State: 'ENABLED' })
    expect(workgroup).toEqual({
      EnforceWorkGroupConfiguration: true,
      PublishCloudWatchMetricsEnabled: true,
      BytesScannedCutoffPerQuery: 1_000_000_000_000,
      EngineVersion: { SelectedEngineVersion: 'Athena engine version 3' },
      ResultConfiguration: {
        OutputLocation: { 'Fn::Sub': 's3://${AthenaBucket}/' },
        EncryptionConfiguration: { EncryptionOption: 'SSE_KMS', KmsKey: key },
      },
    })
    const plain = properties(direct, 'AthenaWorkgroup').WorkGroupConfiguration.ResultConfiguration
    expect(plain.EncryptionConfiguration).toEqual({ EncryptionOption: 'SSE_S3' })
    expect(properties(direct, 'AthenaBucket').LifecycleConfiguration.Rules).toMatchObject([{ ExpirationInDays: 8 }])
  })

  it('come with queries over the one table, in the workgroup and the database of the stack', () => {
    const queries = idsOfType(direct, 'AWS::Athena::NamedQuery').map(id => properties(direct, id))
    expect(queries.length).toBeGreaterThanOrEqual(5)
    for (const { QueryString, Database, WorkGroup } of queries) {
      expect({ Database, WorkGroup }).toEqual({
        Database: { Ref: 'GlueDatabase' },
        WorkGroup: { Ref: 'AthenaWorkgroup' },
      })
      expect(QueryString).toMatch(/^SELECT [^;]+\sFROM (logs|"logs\$snapshots")\s[^;]*$/s)
    }
  })
})

describe('direct mode', () => {
  it('has one permission, for the logs service of this account and all of its groups', () => {
    expect(permissionsTo(direct, 'IngestLambdaFunction')).toEqual(['IngestLogsPermission'])
    expect(properties(direct, 'IngestLogsPermission')).toEqual({
      FunctionName: { Ref: 'IngestLambdaFunction' },
      Action: 'lambda:InvokeFunction',
      Principal: 'logs.amazonaws.com',
      SourceAccount: { Ref: 'AWS::AccountId' },
      SourceArn: { 'Fn::Sub': 'arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:*:*' },
    })
  })

  it('has no stream', () => {
    expect(idsOfType(direct, 'AWS::Kinesis::Stream')).toEqual([])
    expect(idsOfType(direct, 'AWS::Lambda::EventSourceMapping')).toEqual([])
  })
})

describe('Kinesis mode', () => {
  it('has an encrypted on-demand stream, and lets nobody invoke the function', () => {
    expect(properties(kinesis, 'Stream')).toEqual({
      StreamModeDetails: { StreamMode: 'ON_DEMAND' },
      RetentionPeriodHours: 96,
      StreamEncryption: { EncryptionType: 'KMS', KeyId: 'alias/aws/kinesis' },
    })
    expect(properties(kinesisWithKeys, 'Stream').StreamEncryption.KeyId).toBe(key)
    expect(permissionsTo(kinesis, 'IngestLambdaFunction')).toEqual([])
  })

  it('retries a batch whole until shortly before the stream forgets it, then keeps it in the raw bucket', () => {
    const mapping = properties(kinesis, 'IngestStreamMapping')
    expect(mapping).toMatchObject({
      BisectBatchOnFunctionError: false,
      MaximumRetryAttempts: -1,
      DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': ['RawBucket', 'Arn'] } } },
      StartingPosition: 'TRIM_HORIZON',
    })
    expect(mapping).not.toHaveProperty('FunctionResponseTypes')
    const retentionSeconds = properties(kinesis, 'Stream').RetentionPeriodHours * 3600
    expect(mapping.MaximumRecordAgeInSeconds).toBeLessThan(retentionSeconds)
  })

  it('gives CloudWatch Logs a role that it can use for this account only, to write into this stream only', () => {
    const [trust] = properties(kinesis, 'LogsToStreamRole').AssumeRolePolicyDocument.Statement
    expect(trust.Principal).toEqual({ Service: 'logs.amazonaws.com' })
    expect(trust.Condition).toEqual({
      ArnLike: { 'aws:SourceArn': { 'Fn::Sub': 'arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:*' } },
    })
    expect(roleStatements(kinesisWithKeys, 'LogsToStreamRole')).toEqual([
      {
        Sid: 'WriteStream',
        Effect: 'Allow',
        Action: ['kinesis:PutRecord', 'kinesis:PutRecords'],
        Resource: { 'Fn::GetAtt': ['Stream', 'Arn'] },
      },
      { Sid: 'StreamKey', Effect: 'Allow', Action: 'kms:GenerateDataKey', Resource: key },
    ])
  })
})

describe('alarms and dashboard', () => {
  const [{ Namespace: namespace, Metrics: written }] = (
    healthMembers({ ...emptyReport(), lagMs: 0, putMs: 0 }, 'tailrace-prod', 0) as unknown as EmfDocument
  )._aws.CloudWatchMetrics

  const ofJobs = [
    subscribeHealth(emptySubscribeReport(), 'tailrace-prod', 0),
    retainHealth(emptyRetainReport(), 'tailrace-prod', 0),
    commitHealth(emptyCommitReport(), 'tailrace-prod', 0),
    exportMembers(emptyExportsReport(), 'tailrace-prod', 0),
    replayMembers(emptyReplayReport(), 'tailrace-prod', 0),
  ].flatMap(members => (members as unknown as EmfDocument)._aws.CloudWatchMetrics[0].Metrics)

  /** What 50 metrics leave no room for. */
  const notShown = ['CommitObjects', 'CommitDuplicates', 'CommitBytesOut', 'CommitConflicts']

  const alarmed = (template: Template) =>
    idsOfType(template, 'AWS::CloudWatch::Alarm')
      .map(id => properties(template, id))
      .filter(({ Dimensions: [{ Value }] }) => !/^(?!Ingest).*LambdaFunction$/.test(Value.Ref ?? ''))
      .map(({ Namespace, MetricName }) => `${Namespace} ${MetricName}`)
      .sort()

  it('are about metrics that the function writes', () => {
    const own = alarmed(direct).filter(metric => metric.startsWith(`${namespace} `))
    expect(
      own.filter(metric => ![...written, ...ofJobs].some(({ Name }) => metric === `${namespace} ${Name}`)),
    ).toEqual([])
  })

  it('watch failures, losses, quarantine, feedback and lag', () => {
    const inBothModes = [
      'AWS/Lambda AsyncEventsDropped',
      'AWS/Lambda DestinationDeliveryFailures',
      'AWS/Lambda Errors',
      'AWS/Lambda Throttles',
      'Tailrace ExportTroubles',
      'Tailrace LagMs',
      'Tailrace LandingOldestMs',
      'Tailrace MetricsCapped',
      'Tailrace Quarantined',
      'Tailrace Refused',
      'Tailrace RetainFailed',
      'Tailrace SetAside',
      'Tailrace SubscribeBlocked',
      'Tailrace SubscribeFailed',
    ]
    expect(alarmed(direct)).toEqual([...inBothModes, 'AWS/Lambda AsyncEventAge'].sort())
    const ofStreams = ['AWS/Lambda IteratorAge', 'AWS/Lambda OnFailureDestinationDeliveredEventCount']
    expect(alarmed(kinesis)).toEqual([...inBothModes, ...ofStreams].sort())
  })

  it('go to the topic that is given, to a new one with an address, or nowhere', () => {
    const actions = (parameters: Record<string, string>) => {
      const template = resolveTemplate(kinesisPackage.template, parameters)
      const alarms = idsOfType(template, 'AWS::CloudWatch::Alarm')
      return new Set(alarms.map(id => JSON.stringify(properties(template, id).AlarmActions)))
    }
    const topic = 'arn:aws:sns:us-east-1:123456789012:alarms'
    expect([...actions({})]).toEqual(['[]'])
    expect([...actions({ AlarmTopicArn: topic })]).toEqual([JSON.stringify([topic])])
    expect([...actions({ AlarmEmail: 'a@example.com' })]).toEqual([JSON.stringify([{ Ref: 'AlarmTopic' }])])
    expect(idsOfType(direct, 'AWS::SNS::Topic')).toEqual([])
    const both = resolveTemplate(kinesisPackage.template, { AlarmTopicArn: topic, AlarmEmail: 'a@example.com' })
    expect(idsOfType(both, 'AWS::SNS::Topic')).toEqual([])
  })

  it('show every metric of ours, by the name of the stack', () => {
    const body = properties(kinesis, 'Dashboard').DashboardBody['Fn::Sub'] as string
    const { widgets } = JSON.parse(body) as { widgets: { properties: { metrics: string[][] } }[] }
    const all = widgets.flatMap(widget => widget.properties.metrics)
    const metrics = all.filter(([space]) => space === namespace)
    const shown = new Set(metrics.map(([, name]) => name))
    expect([...written, ...ofJobs].map(({ Name }) => Name).filter(name => !shown.has(name))).toEqual(notShown)
    expect([...shown].filter(name => ![...written, ...ofJobs].some(({ Name }) => Name === name))).toEqual([])
    expect(metrics.every(([, , dimension, stack]) => dimension === 'Stack' && stack === 'tailrace-prod')).toBe(true)
    // What the free tier has for a dashboard.
    expect(new Set(all.map(metric => metric.slice(0, 4).join(' '))).size).toBeLessThanOrEqual(50)
  })
})

describe('outputs', () => {
  it('name what a subscription needs', () => {
    const names = (template: Template) => Object.keys(template.Outputs).filter(name => !name.startsWith('Serverless'))
    expect(names(direct).sort()).toEqual([
      'AthenaWorkgroupName',
      'GlueDatabaseName',
      'IngestFunctionArn',
      'MainBucketName',
      'QueryFunctionArn',
      'RawBucketName',
    ])
    expect(names(kinesis).sort()).toEqual([
      'AthenaWorkgroupName',
      'GlueDatabaseName',
      'IngestFunctionArn',
      'LogsToStreamRoleArn',
      'MainBucketName',
      'QueryFunctionArn',
      'RawBucketName',
      'StreamArn',
    ])
  })
})

describe('cfn-lint', () => {
  it('finds nothing in either mode, where it is installed', async () => {
    const run = (...args: string[]) => promisify(execFile)('cfn-lint', args)
    const version = await run('--version').catch(() => undefined)
    if (version === undefined) {
      console.log('cfn-lint is not installed: the templates were not linted')
      return
    }
    const { stdout } = await run(directPackage.templateFile, kinesisPackage.templateFile)
    expect(stdout).toBe('')
  }, 120_000)
})
