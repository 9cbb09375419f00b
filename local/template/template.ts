/** A CloudFormation template as `serverless package` writes it. */
export interface Template {
  readonly Parameters?: Readonly<Record<string, { readonly Default?: string }>>
  readonly Conditions?: Readonly<Record<string, unknown>>
  readonly Resources: Readonly<Record<string, TemplateResource>>
}

export interface TemplateResource {
  readonly Type: string
  readonly Condition?: string
  readonly Properties?: Readonly<Record<string, unknown>>
}
