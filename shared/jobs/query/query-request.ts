import * as z from 'zod/mini'
import { engineNames } from '../../engine/choosing-engine.js'
import { maxPatternLength } from '../../filter-pattern/index.js'
import { maxQueryLength } from '../../insights/index.js'
import { RequestInvalid } from './errors.js'
import { explainRequest } from './explain-request.js'
import { isQueryId, type QueryInput } from './query-store.js'

export type QueryRequest =
  | { readonly action: 'start' | 'estimate'; readonly input: QueryInput }
  | { readonly action: 'run' | 'cancel'; readonly queryId: string }
  | { readonly action: 'poll'; readonly queryId: string; readonly page: number; readonly waitMs: number }
  | {
      readonly action: 'groups' | 'streams' | 'fields'
      readonly range: Pick<QueryInput, 'from' | 'to' | 'logGroups'>
    }

/** How long a poll may wait for the end of a query. */
const maxWaitMs = 60_000

/** Events that a search finds at most. */
export const maxSearchEvents = 100_000

const names = (most: number) =>
  z._default(z.nullable(z.array(z.string()).check(z.minLength(1), z.maxLength(most))), null)
const time = z._default(z.nullable(z.int()), null)
const range = {
  from: time,
  to: time,
  logGroups: names(10_000),
}
const input = {
  query: z.string().check(z.maxLength(maxQueryLength)),
  ...range,
  limit: z._default(z.nullable(z.int().check(z.positive())), null),
}
const engine = z._default(z.enum(engineNames), 'auto')
const queryId = z.string().check(z.refine(isQueryId, 'expected the id that start gave'))

const request = z.discriminatedUnion('action', [
  z.strictObject({ action: z.enum(['start', 'estimate']), ...input, engine }),
  z.strictObject({
    action: z.literal('search'),
    pattern: z.string().check(z.maxLength(maxPatternLength)),
    ...range,
    logStreams: names(1_000),
    limit: z._default(z.nullable(z.int().check(z.positive(), z.maximum(maxSearchEvents))), null),
  }),
  z.strictObject({ action: z.enum(['run', 'cancel']), queryId }),
  z.strictObject({
    action: z.literal('poll'),
    queryId,
    page: z._default(z.int().check(z.nonnegative()), 0),
    waitMs: z._default(z.int().check(z.nonnegative(), z.maximum(maxWaitMs)), 0),
  }),
  z.strictObject({ action: z.enum(['groups', 'streams', 'fields']), ...range }),
])

const members = request.def.options.flatMap(({ shape }) => Object.keys(shape))

/** @throws RequestInvalid naming everything that is wrong */
export function readQueryRequest(event: unknown): QueryRequest {
  const read = request.safeParse(event)
  if (!read.success) {
    const problems = read.error.issues.map(issue => explainRequest(issue, event, members))
    throw new RequestInvalid(problems.join('; '))
  }
  const { data } = read
  if ('queryId' in data) return data
  const { from, to } = data
  if (from !== null && to !== null && from > to)
    throw new RequestInvalid(`from: expected a time up to ${to}, found ${from}`)
  if ('query' in data) {
    const { action, ...rest } = data
    return { action, input: { language: 'insights', logStreams: null, ...rest } }
  }
  if ('pattern' in data) {
    const { action: _, pattern, ...rest } = data
    return { action: 'start', input: { language: 'filter-pattern', query: pattern, ...rest } }
  }
  const { action, ...rest } = data
  return { action, range: rest }
}
