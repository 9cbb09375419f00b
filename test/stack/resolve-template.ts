import type { Template } from './package-stack.js'

/**
 * The template as CloudFormation reads it with these parameters: conditions decided, `Fn::If` replaced by the branch
 * that holds, parameters by their values; other functions stay.
 */
export function resolveTemplate(template: Template, parameters: Readonly<Record<string, string>> = {}): Template {
  const values: Record<string, string> = {}
  for (const [name, { Default }] of Object.entries(template.Parameters)) values[name] = parameters[name] ?? Default
  const holds: Record<string, boolean> = {}
  for (const [name, condition] of Object.entries(template.Conditions)) holds[name] = decide(condition, values)
  const resources = Object.entries(template.Resources).filter(([, { Condition }]) => !Condition || holds[Condition])
  return {
    ...template,
    Resources: resolve(Object.fromEntries(resources), values, holds) as Template['Resources'],
    Outputs: resolve(template.Outputs, values, holds) as Template['Outputs'],
  }
}

type Call = Readonly<Record<string, unknown>>

function decide(condition: unknown, values: Readonly<Record<string, string>>): boolean {
  const [name, argument] = Object.entries(condition as Call)[0]!
  if (name === 'Fn::Not') return !decide((argument as unknown[])[0], values)
  if (name === 'Fn::And') return (argument as unknown[]).every(part => decide(part, values))
  if (name !== 'Fn::Equals') throw new Error(`condition function ${name} is not known here`)
  const [left, right] = (argument as unknown[]).map(side => resolve(side, values, {}))
  return left === right
}

function resolve(
  node: unknown,
  values: Readonly<Record<string, string>>,
  holds: Readonly<Record<string, boolean>>,
): unknown {
  if (Array.isArray(node)) {
    return node.map(item => resolve(item, values, holds)).filter(item => item !== undefined)
  }
  if (typeof node !== 'object' || node === null) return node
  const { Ref: reference, 'Fn::If': choice } = node as Call
  if (reference === 'AWS::NoValue') return undefined
  if (typeof reference === 'string' && reference in values) return values[reference]
  if (Array.isArray(choice)) return resolve(holds[choice[0]] ? choice[1] : choice[2], values, holds)
  const members = Object.entries(node).map(([key, value]) => [key, resolve(value, values, holds)] as const)
  return Object.fromEntries(members.filter(([, value]) => value !== undefined))
}

export const idsOfType = (template: Template, type: string) =>
  Object.keys(template.Resources).filter(id => template.Resources[id]!.Type === type)

export const properties = (template: Template, id: string) => template.Resources[id]!.Properties
