/**
 * Works out the values of a CloudFormation template as the local stack has them: parameters by their defaults, resources
 * by local names and ARNs. What our templates use and no more: Ref, Fn::GetAtt (Arn), Fn::Sub, Fn::Join, Fn::If and the
 * conditions Fn::Equals, Fn::Not, Fn::And, Fn::Or.
 */
import { TemplateUnresolvable } from './errors.js'
import type { Template, TemplateResource } from './template.js'

export interface LocalStack {
  readonly name: string
  readonly region: string
  readonly accountId: string
}

export interface Resolver {
  /**
   * The value without intrinsic functions; members and items that are AWS::NoValue are left out.
   * @param where the value stands, for the error
   * @throws TemplateUnresolvable
   */
  resolve(value: unknown, where: string): unknown
  /** The resources whose condition holds, by logical id. */
  resourcesOf(type: string): readonly (readonly [string, TemplateResource])[]
}

export function templateResolver(template: Template, stack: LocalStack): Resolver {
  const { Parameters = {}, Conditions = {}, Resources } = template
  const noValue = Symbol('AWS::NoValue')
  const pseudo: Readonly<Record<string, unknown>> = {
    'AWS::AccountId': stack.accountId,
    'AWS::NoValue': noValue,
    'AWS::Partition': 'aws',
    'AWS::Region': stack.region,
    'AWS::StackName': stack.name,
    'AWS::URLSuffix': 'amazonaws.com',
  }

  function resolve(value: unknown, where: string): unknown {
    if (Array.isArray(value)) {
      return value.map((item, index) => resolve(item, `${where}[${index}]`)).filter(item => item !== noValue)
    }
    if (typeof value !== 'object' || value === null) return value
    const [[name = '', argument] = [], second] = Object.entries(value)
    const compute = second === undefined ? functions[name] : undefined
    if (compute !== undefined) return compute(argument, where)
    if (second === undefined && name.startsWith('Fn::')) throw new TemplateUnresolvable(where, `${name} is not known`)
    const members = Object.entries(value).map(([key, member]) => [key, resolve(member, `${where}.${key}`)] as const)
    return Object.fromEntries(members.filter(([, member]) => member !== noValue))
  }

  const functions: Readonly<Record<string, (argument: unknown, where: string) => unknown>> = {
    Ref: (name, where) => referenced(String(name), where),
    'Fn::GetAtt': (path, where) => attribute(Array.isArray(path) ? path.join('.') : String(path), where),
    'Fn::Join': (argument, where) => {
      const [separator, parts] = resolve(argument, where) as [string, unknown[]]
      return parts.join(separator)
    },
    'Fn::Sub': (argument, where) => {
      if (typeof argument !== 'string') throw new TemplateUnresolvable(where, 'Fn::Sub with variables is not known')
      return argument.replace(/\$\{(!?)([^}]*)\}/g, (_, literal: string, name: string) => {
        if (literal !== '') return `\${${name}}`
        return String(name.includes('.') ? attribute(name, where) : referenced(name, where))
      })
    },
    'Fn::If': (argument, where) => {
      const [condition, yes, no] = argument as [string, unknown, unknown]
      return resolve(holds(condition, where) ? yes : no, where)
    },
  }

  function referenced(name: string, where: string): unknown {
    if (name in pseudo) return pseudo[name]
    const parameter = Parameters[name]
    if (parameter !== undefined) {
      if (parameter.Default === undefined) throw new TemplateUnresolvable(where, `parameter ${name} has no default`)
      return parameter.Default
    }
    return physicalName(name, where)
  }

  function attribute(path: string, where: string): string {
    const [id = '', ...names] = path.split('.')
    const type = Resources[id]?.Type
    const arn = type === undefined ? undefined : arns[type]
    if (names.join('.') === 'Arn' && arn !== undefined) return arn(physicalName(id, where), stack)
    throw new TemplateUnresolvable(where, `${path} is not known of ${type ?? 'a resource that is not there'}`)
  }

  function physicalName(id: string, where: string): string {
    const resource = Resources[id]
    const property = resource === undefined ? undefined : nameProperties[resource.Type]
    if (resource === undefined || property === undefined) {
      throw new TemplateUnresolvable(where, `${id} is ${resource === undefined ? 'not there' : `of ${resource.Type}`}`)
    }
    const given = resolve(resource.Properties?.[property], `${id}.${property}`)
    return typeof given === 'string' ? given : `${stack.name}-${id.toLowerCase()}`
  }

  function holds(name: string, where: string): boolean {
    const condition = Conditions[name]
    if (condition === undefined) throw new TemplateUnresolvable(where, `there is no condition ${name}`)
    return decide(condition, `Conditions.${name}`)
  }

  function decide(condition: unknown, where: string): boolean {
    const [[name = '', argument] = []] = Object.entries(condition as object)
    const parts = Array.isArray(argument) ? argument : []
    if (name === 'Condition') return holds(String(argument), where)
    if (name === 'Fn::Equals') return resolve(parts[0], where) === resolve(parts[1], where)
    if (name === 'Fn::Not') return !decide(parts[0], where)
    if (name === 'Fn::And') return parts.every(part => decide(part, where))
    if (name === 'Fn::Or') return parts.some(part => decide(part, where))
    throw new TemplateUnresolvable(where, `${name} is not known`)
  }

  return {
    resolve(value, where) {
      const resolved = resolve(value, where)
      return resolved === noValue ? undefined : resolved
    },
    resourcesOf: type =>
      Object.entries(Resources).filter(
        ([id, { Type, Condition }]) => Type === type && (Condition === undefined || holds(Condition, id)),
      ),
  }
}

/** The property that names a resource. */
const nameProperties: Readonly<Record<string, string>> = {
  'AWS::IAM::Role': 'RoleName',
  'AWS::Kinesis::Stream': 'Name',
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::Logs::LogGroup': 'LogGroupName',
  'AWS::S3::Bucket': 'BucketName',
}

const arns: Readonly<Record<string, (name: string, stack: LocalStack) => string>> = {
  'AWS::IAM::Role': (name, { accountId }) => `arn:aws:iam::${accountId}:role/${name}`,
  'AWS::Kinesis::Stream': (name, { region, accountId }) => `arn:aws:kinesis:${region}:${accountId}:stream/${name}`,
  'AWS::Lambda::Function': (name, { region, accountId }) => `arn:aws:lambda:${region}:${accountId}:function:${name}`,
  'AWS::Logs::LogGroup': (name, { region, accountId }) => `arn:aws:logs:${region}:${accountId}:log-group:${name}:*`,
  'AWS::S3::Bucket': name => `arn:aws:s3:::${name}`,
}
