/** A subscription payload after decoding: what CloudWatch Logs delivers to Lambda and Kinesis, spelled as on the wire. */
export interface SubscriptionPayload {
  readonly messageType: string
  readonly owner: string
  readonly logGroup: string
  readonly logStream: string
  readonly subscriptionFilters: readonly string[]
  readonly logEvents: readonly LogEvent[]
  /** Members of the envelope that are not listed above, or null: `policyLevel` and whatever comes next. */
  readonly unknown: Readonly<Record<string, unknown>> | null
}

/** As on the wire; members beside these are found by `unknownEventMembers`. */
export interface LogEvent {
  /** 56 decimal digits; absent, empty or of another shape where CloudWatch Logs did not make it. */
  readonly id?: string
  /** Event time in ms since the epoch. */
  readonly timestamp: number
  readonly message: string
}
