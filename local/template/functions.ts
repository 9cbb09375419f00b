import { basename } from 'node:path'
import type { AsynchronousSettings, FunctionDefinition } from '../lambda/function-definition.js'
import { TemplateUnresolvable } from './errors.js'
import type { Resolver } from './resolver.js'

/**
 * The functions of a template, with everything they are told worked out.
 * @throws TemplateUnresolvable
 */
export function functionsOf(resolver: Resolver): FunctionDefinition[] {
  return resolver.resourcesOf('AWS::Lambda::Function').map(([id, { Properties = {} }]) => {
    const property = (name: string) => resolver.resolve(Properties[name], `${id}.${name}`)
    const name = String(resolver.resolve({ Ref: id }, id))
    const reserved = property('ReservedConcurrentExecutions')
    const environment = property('Environment') as { Variables?: Record<string, unknown> } | undefined
    const variables = Object.entries(environment?.Variables ?? {}).map(([key, value]) => [key, String(value)] as const)
    return {
      name,
      arn: String(resolver.resolve({ 'Fn::GetAtt': [id, 'Arn'] }, id)),
      handler: String(property('Handler')),
      runtime: String(property('Runtime')),
      memoryMb: Number(property('MemorySize') ?? 128),
      timeoutSeconds: Number(property('Timeout') ?? 3),
      environment: Object.fromEntries(variables),
      reservedConcurrency: reserved === undefined ? undefined : Number(reserved),
      package: packageOf(Properties.Code, id),
      asynchronous: asynchronousOf(resolver, name),
    }
  })
}

function packageOf(code: unknown, id: string): string {
  const { S3Key: key } = (code ?? {}) as { S3Key?: unknown }
  if (typeof key !== 'string') throw new TemplateUnresolvable(`${id}.Code`, 'there is no S3Key')
  return basename(key)
}

function asynchronousOf(resolver: Resolver, functionName: string): AsynchronousSettings {
  for (const [id, { Properties }] of resolver.resourcesOf('AWS::Lambda::EventInvokeConfig')) {
    const config = resolver.resolve(Properties, id) as {
      FunctionName: string
      MaximumRetryAttempts?: number
      DestinationConfig?: { OnFailure?: { Destination?: string } }
    }
    if (config.FunctionName !== functionName) continue
    const destination = config.DestinationConfig?.OnFailure?.Destination
    const bucket = /^arn:aws:s3:::(.+)$/.exec(destination ?? '')?.[1]
    if (destination !== undefined && bucket === undefined) {
      throw new TemplateUnresolvable(id, `the destination ${destination} is not a bucket`)
    }
    return { maxRetries: config.MaximumRetryAttempts ?? 2, onFailureBucket: bucket }
  }
  return { maxRetries: 2, onFailureBucket: undefined }
}
