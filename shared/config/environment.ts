/** What the stack tells a function through environment variables. */
export interface FunctionEnvironment {
  readonly bucket: string
  readonly rawBucket: string
  /** Root of all keys in the main bucket: empty, or ending in a slash. */
  readonly prefix: string
  /** `<service>-<stage>`: the functions' names begin with it. */
  readonly stack: string
  readonly region: string
}

/** A function was deployed with variables missing or malformed; the message names every one of them. */
export class EnvironmentInvalid extends Error {
  constructor(problems: readonly string[]) {
    super(`environment: ${problems.join('; ')}`)
    this.name = 'EnvironmentInvalid'
  }
}

/** @throws EnvironmentInvalid */
export function readEnvironment(variables: Readonly<Record<string, string | undefined>>): FunctionEnvironment {
  const problems: string[] = []
  const required = (name: string): string => {
    const value = variables[name] ?? ''
    if (value === '') problems.push(`${name} is not set`)
    return value
  }
  const prefix = variables.TAILRACE_PREFIX ?? ''
  if (prefix !== '' && !/^[^/].*\/$/.test(prefix))
    problems.push('TAILRACE_PREFIX must end in a slash and not begin with one')
  const environment = {
    bucket: required('TAILRACE_BUCKET'),
    rawBucket: required('TAILRACE_RAW_BUCKET'),
    prefix,
    stack: required('TAILRACE_STACK'),
    region: required('AWS_REGION'),
  }
  if (problems.length > 0) throw new EnvironmentInvalid(problems)
  return environment
}

/** Where subscription filters deliver to: a function, or a stream and the role that CloudWatch Logs writes to it with. */
export interface DestinationEnvironment {
  readonly arn: string
  readonly roleArn: string | null
}

/** @throws EnvironmentInvalid */
export function readDestination(variables: Readonly<Record<string, string | undefined>>): DestinationEnvironment {
  const { TAILRACE_DESTINATION_ARN: arn = '', TAILRACE_DESTINATION_ROLE_ARN: roleArn = '' } = variables
  const problems = arn === '' ? ['TAILRACE_DESTINATION_ARN is not set'] : []
  if (/^arn:[^:]+:kinesis:/.test(arn) && roleArn === '') {
    problems.push('TAILRACE_DESTINATION_ROLE_ARN is not set, and a stream needs it')
  }
  if (problems.length > 0) throw new EnvironmentInvalid(problems)
  return { arn, roleArn: roleArn === '' ? null : roleArn }
}

/** Which catalog says what the table's current metadata is: objects beside it, or a table of AWS Glue. */
export type CatalogEnvironment = null | { readonly database: string; readonly table: string }

/**
 * `TAILRACE_CATALOG`: `s3`, or `glue:<database>.<table>`. Null for `s3`, also where it is not set.
 * @throws EnvironmentInvalid
 */
export function readCatalogSetting(variables: Readonly<Record<string, string | undefined>>): CatalogEnvironment {
  const setting = variables.TAILRACE_CATALOG ?? 's3'
  if (setting === 's3') return null
  const [, database, table] = /^glue:([^.]+)\.([^.]+)$/.exec(setting) ?? []
  if (database === undefined || table === undefined)
    throw new EnvironmentInvalid([`TAILRACE_CATALOG is ${JSON.stringify(setting)}, not s3 or glue:database.table`])
  return { database, table }
}
