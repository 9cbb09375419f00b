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

/**
 * A short text that differs where two filters do. Where not all events get into the lake it begins with `%`, for what
 * `sample` leaves out, or else with `~`, for what the pattern does: neither is of base64url.
 * @param isSampled whether `sample` leaves out some of what the filter delivers
 */
export function fingerprint(filter: WantedFilter, isSampled: boolean): string {
  const { filterName, filterPattern, destinationArn, roleArn, distribution } = filter
  const text = JSON.stringify([filterName, filterPattern, destinationArn, roleArn, distribution])
  const hash = createHash('sha256').update(text).digest('base64url').slice(0, 12)
  if (isSampled) return `%${hash}`
  return filterPattern === '' ? hash : `~${hash}`
}

/** Whether a fingerprint is of a filter of which some events only get into the lake. */
export function isInPart(print: string): boolean {
  return print.startsWith('~') || isOfSample(print)
}

/** Of the same filter, before what an earlier one left out is noted. */
export function asInPart(print: string): string {
  return isInPart(print) ? print : `~${print}`
}

/** Whether it is `sample` that leaves events out, of what is delivered and of what is imported. */
export function isOfSample(print: string): boolean {
  return print.startsWith('%')
}
