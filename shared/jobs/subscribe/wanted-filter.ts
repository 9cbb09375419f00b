/**
 * The subscription filter that a group should have. Its name is the mark of ownership: it is made of the stack's name,
 * and no filter of another name is ever written or taken away.
 */
import { createHash } from 'node:crypto'
import type { SubscriptionSettings } from '../../config/pipeline.js'

/** Where this stack takes events, as its environment says. */
export interface StackDestination {
  /** A function in direct mode, a stream in Kinesis mode. */
  readonly arn: string
  /** The role that CloudWatch Logs writes to a stream with; null in direct mode. */
  readonly roleArn: string | null
}

export interface WantedFilter {
  readonly filterName: string
  readonly filterPattern: string
  readonly destinationArn: string
  readonly roleArn: string | null
  /** `Random` spreads a busy group over the shards of a stream; order does not matter here. */
  readonly distribution: 'Random' | 'ByLogStream'
}

/** Filters and policies of a stack are called this. */
export function ownedName(stack: string): string {
  return `tailrace-${stack}`
}

export function wantedFilter(
  stack: string,
  settings: Pick<SubscriptionSettings, 'destination'>,
  own: StackDestination,
  filterPattern: string,
): WantedFilter {
  const isOwn = settings.destination === 'stack'
  const roleArn = isOwn ? own.roleArn : null
  return {
    filterName: ownedName(stack),
    filterPattern,
    destinationArn: isOwn ? own.arn : settings.destination,
    roleArn,
    distribution: roleArn === null ? 'ByLogStream' : 'Random',
  }
}

/** A short text that differs where two filters do. */
export function fingerprint(filter: WantedFilter): string {
  const { filterName, filterPattern, destinationArn, roleArn, distribution } = filter
  const text = JSON.stringify([filterName, filterPattern, destinationArn, roleArn, distribution])
  return createHash('sha256').update(text).digest('base64url').slice(0, 12)
}
