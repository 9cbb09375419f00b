/**
 * The query function's use case. `start` writes the state of a query and has the function invoke itself asynchronously;
 * that invocation runs it and writes its answer in pages; `poll` reads state and pages; `cancel` changes the state, which a
 * running query looks at every second. So no answer is larger than Lambda's, no caller waits longer than it wants to, and
 * a caller that goes away loses nothing.
 */

import type { EngineName } from '../../engine/choosing-engine.js'
import { ScanCapExceeded } from '../../engine/errors.js'
import type { QueryEngine } from '../../engine/query-engine.js'
import type { ResultRow } from '../../engine/render-row.js'
import { maxLimit } from '../../insights/index.js'
import { NotFound } from '../../store/errors.js'
import type { ObjectStore } from '../../store/object-store.js'
import { discoverFields, type FieldFound } from './discover-fields.js'
import { AnswerTooLarge, DiagnosticsFound, RequestInvalid } from './errors.js'
import { type PlannedQuery, planQuery } from './plan-query.js'
import type { QueryRequest } from './query-request.js'
import {
  changeState,
  createState,
  newQueryId,
  pruneRuns,
  type QueryInput,
  type QueryState,
  readPage,
  readState,
  writePage,
} from './query-store.js'

export interface QueryServiceOptions {
  readonly store: ObjectStore
  readonly engineOf: (wanted: EngineName) => QueryEngine
  /** Has the function invoke itself, without waiting for it. */
  readonly invokeSelf: (request: QueryRequest) => Promise<void>
  readonly now: () => number
  /** A UUID. */
  readonly newId: () => string
  readonly sleep: (ms: number) => Promise<void>
  /** How long a run may take before it counts as given up: the function's timeout. */
  readonly maxRunMs: number
  /** Of the JSON of one page; Lambda answers up to 6 MB. */
  readonly maxPageBytes?: number
}

export interface QueryService {
  /** @throws DiagnosticsFound for a wrong query; RequestInvalid for an unknown query id */
  handle(request: QueryRequest, signal: AbortSignal): Promise<unknown>
}

const defaultPageBytes = 4_000_000
/** Of a row or list that stands alone; Lambda answers up to 6 MB with all that is around it. */
const maxAloneBytes = 5_500_000
const lookEveryMs = 1_000
const sampledEvents = 1_000

export function createQueryService(options: QueryServiceOptions): QueryService {
  const { store, engineOf, now } = options
  const engine = engineOf('duckdb')
  const planned = async (input: QueryInput) => rightPlan(input, await planQuery(input, store, now()))
  const rowsOf = async (query: string, request: Partial<QueryInput>, signal: AbortSignal) => {
    const input = { ...everything, query, ...request }
    const run = await engine.run((await planned(input)).plan, signal)
    const rows: ResultRow[] = []
    for await (const batch of run.batches) rows.push(...batch)
    return rows
  }
  return {
    async handle(request, signal) {
      switch (request.action) {
        case 'start':
          return start(request.input, options, await planned(request.input))
        case 'run':
          return runQuery(request.queryId, options, signal)
        case 'poll':
          return poll(request, options)
        case 'cancel':
          return cancel(request.queryId, options)
        case 'estimate':
          return engine.estimate((await planned(request.input)).plan, signal)
        case 'groups':
          return fitting(
            await rowsOf(`stats ${summary} by @log | sort @log | limit ${maxLimit}`, request.range, signal),
          )
        case 'streams':
          return fitting(
            await rowsOf(`stats ${summary} by @logStream | sort last desc | limit ${maxLimit}`, request.range, signal),
          )
        case 'fields':
          return fieldsOf(
            await rowsOf(`fields @log, @logStream, @message | limit ${sampledEvents}`, request.range, signal),
          )
      }
    },
  }
}

const everything = {
  language: 'insights',
  from: null,
  to: null,
  logGroups: null,
  logStreams: null,
  limit: null,
} as const
const summary = 'count(*) as events, min(@timestamp) as first, max(@timestamp) as last'

function fieldsOf(rows: readonly ResultRow[]): readonly FieldFound[] {
  return discoverFields(
    rows.map(row => ({
      logGroup: (row['@log'] ?? '').replace(/^[^:]*:/, ''),
      logStream: row['@logStream'] ?? '',
      message: row['@message'] ?? '',
    })),
  )
}

/** @throws AnswerTooLarge where not all of the list can be answered */
function fitting(rows: readonly ResultRow[]): readonly ResultRow[] {
  if (rows.length === maxLimit || Buffer.byteLength(JSON.stringify(rows)) > maxAloneBytes)
    throw new AnswerTooLarge(`the list has ${rows.length} entries`, 'name log groups, or a shorter range')
  return rows
}

function rightPlan({ query }: QueryInput, planned: PlannedQuery): Exclude<PlannedQuery, { diagnostics: unknown }> {
  if ('diagnostics' in planned) throw new DiagnosticsFound(query, planned.diagnostics)
  return planned
}

async function start(
  input: QueryInput,
  { store, invokeSelf, now, newId }: QueryServiceOptions,
  { columns }: { readonly columns: readonly string[] },
): Promise<{ readonly queryId: string }> {
  const createdAt = now()
  const queryId = newQueryId(createdAt, newId())
  const state: QueryState = {
    status: 'Scheduled',
    input,
    createdAt,
    startedAt: null,
    endedAt: null,
    columns,
    rows: 0,
    pages: 0,
    statistics: null,
    asOf: null,
    problem: null,
  }
  await createState(store, queryId, state)
  await invokeSelf({ action: 'run', queryId })
  return { queryId }
}

/** An asynchronous invocation may come twice: only the first finds the query scheduled. */
async function runQuery(queryId: string, options: QueryServiceOptions, signal: AbortSignal) {
  const { store, now } = options
  let isOurs = false
  const begun = await changeState(store, queryId, state => {
    isOurs = state.status === 'Scheduled'
    return isOurs ? { ...state, status: 'Running', startedAt: now() } : null
  })
  if (begun === null || !isOurs) return { queryId, status: begun?.status ?? 'Unknown' }
  const cancelled = new AbortController()
  const watching = watch(queryId, options, cancelled)
  const end = (change: Partial<QueryState>) =>
    changeState(store, queryId, state => (state.status === 'Running' ? { ...state, ...change, endedAt: now() } : null))
  try {
    const answered = await answer(queryId, begun.input, options, AbortSignal.any([signal, cancelled.signal]))
    const state = await end({ status: 'Complete', ...answered })
    await pruneRuns(store, now())
    return { queryId, status: state?.status, statistics: answered.statistics }
  } catch (error) {
    const status = signal.aborted ? 'Timeout' : 'Failed'
    const state = await end({ status, problem: problemOf(error) })
    // What the caller asked for wrongly is the caller's to hear; the rest is also the log's.
    if (state?.status === 'Cancelled' || isOfCaller(error)) return { queryId, status: state?.status }
    throw error
  } finally {
    watching.stop()
  }
}

async function answer(
  queryId: string,
  input: QueryInput,
  { store, engineOf, now, maxPageBytes = defaultPageBytes }: QueryServiceOptions,
  signal: AbortSignal,
) {
  const { plan } = rightPlan(input, await planQuery(input, store, now()))
  const run = await engineOf(input.engine ?? 'auto').run(plan, signal)
  let [rows, pages, bytes] = [0, 0, 0]
  let page: Buffer[] = []
  const flush = async () => {
    await writePage(store, queryId, pages++, Buffer.concat([Buffer.from('['), ...withCommas(page), Buffer.from(']')]))
    page = []
    bytes = 0
  }
  for await (const batch of run.batches) {
    for (const row of batch) {
      const text = Buffer.from(JSON.stringify(row))
      if (text.length > maxAloneBytes) {
        const hint = 'take fewer fields, or have this machine answer'
        throw new AnswerTooLarge(`row ${rows + 1} of the answer has ${text.length} bytes`, hint)
      }
      if (page.length > 0 && bytes + text.length > maxPageBytes) await flush()
      page.push(text)
      bytes += text.length + 1
      rows++
    }
    signal.throwIfAborted()
  }
  if (page.length > 0) await flush()
  return { rows, pages, statistics: run.statistics(), asOf: run.asOf, choice: run.choice ?? null }
}

function withCommas(rows: readonly Buffer[]): readonly Buffer[] {
  const comma = Buffer.from(',')
  return rows.flatMap((row, index) => (index === 0 ? [row] : [comma, row]))
}

/** Aborts when somebody cancels the query. */
function watch(queryId: string, { store, sleep }: QueryServiceOptions, cancelled: AbortController) {
  let isOver = false
  const look = async () => {
    while (!isOver) {
      await sleep(lookEveryMs)
      if (isOver) return
      // A look that fails is not the query's failure.
      const stored = await readState(store, queryId).catch(() => undefined)
      if (stored === null || stored?.state.status === 'Cancelled') return cancelled.abort(new Error('query cancelled'))
    }
  }
  void look()
  return {
    stop: () => {
      isOver = true
    },
  }
}

function problemOf(error: unknown): NonNullable<QueryState['problem']> {
  const message = error instanceof Error ? error.message : String(error)
  return isOfCaller(error) ? { message, hint: error.hint } : { message }
}

/** What the caller asked for is too much. */
function isOfCaller(error: unknown): error is ScanCapExceeded | AnswerTooLarge {
  return error instanceof ScanCapExceeded || error instanceof AnswerTooLarge
}

/** State and one page of rows; waits for the end of the query as long as it is told to. */
async function poll(
  { queryId, page, waitMs }: Extract<QueryRequest, { action: 'poll' }>,
  { store, now, sleep, maxRunMs }: QueryServiceOptions,
) {
  const until = now() + waitMs
  for (;;) {
    const stored = await readState(store, queryId)
    if (stored === null) throw unknownQuery(queryId)
    const state = givenUp(stored.state, now(), maxRunMs)
    const isUnderWay = state.status === 'Scheduled' || state.status === 'Running'
    if (isUnderWay && now() < until) {
      await sleep(Math.min(200, until - now()))
      continue
    }
    const rows = state.status === 'Complete' && page < state.pages ? await pageOf(store, queryId, page) : []
    const nextPage = state.status === 'Complete' && page + 1 < state.pages ? page + 1 : null
    const { status, columns, rows: total, statistics, asOf, choice = null, problem } = state
    return { queryId, status, columns, total, statistics, asOf, choice, problem, rows, nextPage }
  }
}

/** The pages of an answer that is a week old go before its state. */
async function pageOf(store: ObjectStore, queryId: string, page: number): Promise<readonly ResultRow[]> {
  try {
    return await readPage(store, queryId, page)
  } catch (error) {
    throw error instanceof NotFound ? unknownQuery(queryId) : error
  }
}

function unknownQuery(queryId: string): RequestInvalid {
  return new RequestInvalid(`there is no query ${queryId}; answers are kept for a week`)
}

/** An invocation that was killed leaves the state as it was. */
function givenUp(state: QueryState, now: number, maxRunMs: number): QueryState {
  const isUnderWay = state.status === 'Scheduled' || state.status === 'Running'
  const since = state.startedAt ?? state.createdAt
  if (!isUnderWay || now - since <= maxRunMs + 60_000) return state
  return { ...state, status: 'Timeout', problem: { message: 'the query did not end in time' } }
}

async function cancel(queryId: string, { store, now }: QueryServiceOptions) {
  const state = await changeState(store, queryId, current =>
    current.status === 'Scheduled' || current.status === 'Running'
      ? { ...current, status: 'Cancelled', endedAt: now() }
      : null,
  )
  if (state === null) throw unknownQuery(queryId)
  return { queryId, status: state.status, success: state.status === 'Cancelled' }
}
