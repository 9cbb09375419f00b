import type { Template } from './package-stack.js'

export interface Statement {
  readonly Sid: string
  readonly Effect: string
  readonly Action: string | readonly string[]
  readonly Resource: unknown
}

/** Every statement of a role: its own policies and those that other resources attach to it. */
export function roleStatements(template: Template, role: string): readonly Statement[] {
  const attached = Object.values(template.Resources).filter(
    ({ Type, Properties }) =>
      (Type === 'AWS::IAM::RolePolicy' && Properties.RoleName.Ref === role) ||
      (Type === 'AWS::IAM::Policy' && Properties.Roles.some(({ Ref }: { Ref: string }) => Ref === role)),
  )
  const own = template.Resources[role]!.Properties.Policies as { PolicyDocument: { Statement: Statement[] } }[]
  return [...own, ...attached.map(({ Properties }) => Properties)].flatMap(policy => policy.PolicyDocument.Statement)
}

export function actionsOf(statements: readonly Statement[]): readonly string[] {
  return [...new Set(statements.flatMap(({ Action }) => Action))].sort()
}

/** The logical id of the role of a function, whichever way the template names it. */
export function roleOf(template: Template, functionId: string): string {
  const name = JSON.stringify(template.Resources[functionId]!.Properties.Role)
  const role = Object.keys(template.Resources).find(
    id => template.Resources[id]!.Type === 'AWS::IAM::Role' && new RegExp(`\\b${id}\\b`).test(name),
  )
  if (role === undefined) throw new Error(`${functionId}: ${name} names no role of the template`)
  return role
}
