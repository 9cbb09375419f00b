import { describe, expect, it } from 'vitest'
import { TemplateUnresolvable } from '../../../local/template/errors.js'
import { functionsOf } from '../../../local/template/functions.js'
import { templateResolver } from '../../../local/template/resolver.js'
import type { Template } from '../../../local/template/template.js'

const template: Template = {
  Parameters: { GivenName: { Default: '' }, Other: { Default: 'x' } },
  Conditions: {
    HasName: { 'Fn::Not': [{ 'Fn::Equals': [{ Ref: 'GivenName' }, ''] }] },
    HasOther: { 'Fn::And': [{ 'Fn::Equals': [{ Ref: 'Other' }, 'x'] }, { 'Fn::Not': [{ Condition: 'HasName' }] }] },
  },
  Resources: {
    MainBucket: {
      Type: 'AWS::S3::Bucket',
      Properties: { BucketName: { 'Fn::If': ['HasName', { Ref: 'GivenName' }, { Ref: 'AWS::NoValue' }] } },
    },
    RawBucket: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'raw' } },
    Queue: { Type: 'AWS::SQS::Queue' },
    Absent: { Type: 'AWS::S3::Bucket', Condition: 'HasName' },
    Worker: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        FunctionName: 'demo-worker',
        Handler: 'index.handler',
        Runtime: 'nodejs24.x',
        MemorySize: 256,
        Code: { S3Key: 'a/b/worker.zip' },
        Environment: { Variables: { BUCKET: { Ref: 'MainBucket' }, COUNT: 3 } },
      },
    },
    WorkerConfig: {
      Type: 'AWS::Lambda::EventInvokeConfig',
      Properties: {
        FunctionName: { Ref: 'Worker' },
        MaximumRetryAttempts: 1,
        DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': ['RawBucket', 'Arn'] } } },
      },
    },
  },
}
const resolver = templateResolver(template, { name: 'demo', region: 'eu-west-1', accountId: '123456789012' })
const resolved = (value: unknown) => resolver.resolve(value, 'here')

describe('the template resolver', () => {
  it('gives resources local names, their own where they have one', () => {
    expect(resolved([{ Ref: 'MainBucket' }, { Ref: 'RawBucket' }])).toEqual(['demo-mainbucket', 'raw'])
  })

  it('works out the intrinsic functions', () => {
    expect(resolved({ 'Fn::Join': ['-', ['a', { Ref: 'AWS::Region' }]] })).toBe('a-eu-west-1')
    // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudFormation's own
    expect(resolved({ 'Fn::Sub': '${Worker.Arn}/${Other}/${!kept}' })).toBe(
      // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudFormation's own
      'arn:aws:lambda:eu-west-1:123456789012:function:demo-worker/x/${kept}',
    )
    expect(resolved({ 'Fn::If': ['HasOther', { Ref: 'Other' }, 'no'] })).toBe('x')
  })

  it('leaves out what is AWS::NoValue', () => {
    const none = { Ref: 'AWS::NoValue' }
    expect(resolved({ a: none, b: [none, 1] })).toEqual({ b: [1] })
    expect(resolved(none)).toBeUndefined()
  })

  it('leaves out resources whose condition does not hold', () => {
    expect(resolver.resourcesOf('AWS::S3::Bucket').map(([id]) => id)).toEqual(['MainBucket', 'RawBucket'])
  })

  it.each([
    [{ Ref: 'Nowhere' }, 'template: here.a: Nowhere is not there'],
    [{ Ref: 'Queue' }, 'template: here.a: Queue is of AWS::SQS::Queue'],
    [
      { 'Fn::GetAtt': ['MainBucket', 'DomainName'] },
      'template: here.a: MainBucket.DomainName is not known of AWS::S3::Bucket',
    ],
    [{ 'Fn::Split': [',', 'a,b'] }, 'template: here.a: Fn::Split is not known'],
    [{ 'Fn::If': ['Never', 1, 2] }, 'template: here.a: there is no condition Never'],
  ])('says where %j cannot be worked out', (value, message) => {
    expect(() => resolved({ a: value })).toThrow(TemplateUnresolvable)
    expect(() => resolved({ a: value })).toThrow(message)
  })

  it('describes the functions', () => {
    expect(functionsOf(resolver)).toEqual([
      {
        name: 'demo-worker',
        arn: 'arn:aws:lambda:eu-west-1:123456789012:function:demo-worker',
        handler: 'index.handler',
        runtime: 'nodejs24.x',
        memoryMb: 256,
        timeoutSeconds: 3,
        environment: { BUCKET: 'demo-mainbucket', COUNT: '3' },
        reservedConcurrency: undefined,
        package: 'worker.zip',
        asynchronous: { maxRetries: 1, onFailureBucket: 'raw' },
      },
    ])
  })
})
