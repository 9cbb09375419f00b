/** Why a record cannot be decoded; also the folder it is quarantined under. One reason never stands for another. */
const decodeReasons = [
  /** Neither a subscription event of Lambda nor a batch of Kinesis records. */
  'event',
  'base64',
  /** Not gzip or zlib, cut off, or with a wrong checksum. */
  'compression',
  /** Inflates to more than the bound. */
  'too-large',
  'utf8',
  'json',
  /** JSON, but not the members that CloudWatch Logs sends. */
  'shape',
  /** A messageType that is neither DATA_MESSAGE nor CONTROL_MESSAGE. */
  'message-type',
] as const

export type DecodeReason = (typeof decodeReasons)[number]

/** `detail` names sizes, positions and member names, never any part of a message. */
export interface DecodeFailure {
  readonly reason: DecodeReason
  readonly detail: string
}

export function failure(reason: DecodeReason, detail: string): DecodeFailure {
  return { reason, detail }
}
