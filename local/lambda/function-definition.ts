/** A function as the runner needs it: what the template says of it, with every value resolved. */
export interface FunctionDefinition {
  readonly name: string
  readonly arn: string
  /** `<module>.<export>` */
  readonly handler: string
  /** `nodejs24.x` */
  readonly runtime: string
  readonly memoryMb: number
  readonly timeoutSeconds: number
  readonly environment: Readonly<Record<string, string>>
  /** The most environments at a time; undefined when nothing is reserved. */
  readonly reservedConcurrency: number | undefined
  /** The name of its package: `ingest.zip`. */
  readonly package: string
  readonly asynchronous: AsynchronousSettings
}

export interface AsynchronousSettings {
  readonly maxRetries: number
  /** Of the bucket that gets the records of invocations that failed to the end; undefined when they are dropped. */
  readonly onFailureBucket: string | undefined
}
