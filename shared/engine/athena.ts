/**
 * Runs plans in Amazon Athena over the lake's Iceberg table. Athena sees what is committed, so a query names the snapshot
 * it reads: the answer says as of when it is, and a result of the same statement can be used again, since neither has
 * changed.
 *
 * Values stand in the statement as quoted literals. Athena's execution parameters have at most 1,024 characters each
 * (API Reference, StartQueryExecution), which a message can exceed.
 */
import {
  type AthenaClient,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  type QueryExecution,
  StartQueryExecutionCommand,
  StopQueryExecutionCommand,
  TooManyRequestsException,
} from '@aws-sdk/client-athena'
import type { Project } from '../plan/node.js'
import { type CompiledQuery, compilePlan } from '../sql/compile.js'
import { trino } from '../sql/dialects/trino.js'
import { quoteIdentifier } from '../sql/quote.js'
import type { PromotedColumn } from '../sql/relation.js'
import type { JsonValue } from './duckdb.js'
import { AthenaCancelled, AthenaFailed, ScanCapReached } from './errors.js'
import { type ResultRow, renderRow } from './render-row.js'

export interface AthenaOptions {
  /** Brings region, credentials and retries. */
  readonly client: AthenaClient
  /** Says where results go, how they are encrypted, and how much one query may read. */
  readonly workgroup: string
  readonly database: string
  readonly table: string
  /** Resolves after so many ms, or rejects with the signal's reason. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>
}

export interface AthenaSource {
  /** Null to read whatever is committed when Athena gets to it. */
  readonly snapshotId: bigint | null
  /** For each scan, fields that every file it reads of the snapshot holds in a column, by the field's name. */
  readonly promoted?: readonly ReadonlyMap<string, PromotedColumn>[]
}

export interface AthenaAnswer {
  readonly rows: readonly ResultRow[]
  readonly statistics: {
    readonly queryId: string
    readonly scannedBytes: number
    readonly milliseconds: number
    /** The result of an earlier run: nothing was read and nothing is charged. */
    readonly isReused: boolean
  }
}

/** Athena's limit on the text of a statement, UTF-8 bytes. Source: Amazon Athena User Guide, "Service Quotas". */
const maxStatement = 262_144
/** A week, Athena's limit. */
const reuseMinutes = 10_080
/** First pause between two looks, growth, and longest pause, in ms. */
const [firstPause, growth, longestPause] = [200, 1.5, 3000]

/** What Athena is asked: the plan over one snapshot of the table. */
export function athenaStatement(
  plan: Project,
  { snapshotId, promoted = [] }: AthenaSource,
  table: string,
): CompiledQuery {
  const version = snapshotId === null ? '' : ` FOR VERSION AS OF ${snapshotId}`
  const relation = `${quoteIdentifier(table)}${version}`
  const { scans } = compilePlan(plan, trino)
  const sources = scans.map((_, index) => [{ relation, promoted: promoted[index] ?? new Map() }])
  return compilePlan(plan, trino, { sources })
}

/**
 * @throws AthenaFailed where Athena refuses or fails, ScanCapReached where its workgroup's limit was met, AthenaCancelled
 *   where somebody cancelled it; the signal's reason where that aborts, after the query was stopped
 */
export async function runInAthena(
  plan: Project,
  source: AthenaSource,
  options: AthenaOptions,
  signal?: AbortSignal,
): Promise<AthenaAnswer> {
  const compiled = athenaStatement(plan, source, options.table)
  const bytes = Buffer.byteLength(compiled.sql)
  if (bytes > maxStatement)
    throw new AthenaFailed(null, `the statement has ${bytes} bytes, and ${maxStatement} are the most`)
  signal?.throwIfAborted()
  let execution = await execute(compiled.sql, source.snapshotId !== null, options, signal)
  // Failed queries cost nothing, and reading twice changes nothing.
  if (execution.Status?.State === 'FAILED' && execution.Status.AthenaError?.Retryable === true)
    execution = await execute(compiled.sql, source.snapshotId !== null, options, signal)
  const queryId = execution.QueryExecutionId ?? ''
  if (execution.Status?.State !== 'SUCCEEDED') throw failureOf(queryId, execution)
  const rows = await resultOf(queryId, compiled.columns, options, signal)
  return {
    rows,
    statistics: {
      queryId,
      scannedBytes: execution.Statistics?.DataScannedInBytes ?? 0,
      milliseconds: execution.Statistics?.TotalExecutionTimeInMillis ?? 0,
      isReused: execution.Statistics?.ResultReuseInformation?.ReusedPreviousResult ?? false,
    },
  }
}

/** Starts a statement and waits for its end. */
async function execute(
  sql: string,
  mayReuse: boolean,
  options: AthenaOptions,
  signal: AbortSignal | undefined,
): Promise<QueryExecution> {
  const queryId = await start(sql, mayReuse, options, signal)
  try {
    for (let pause = firstPause; ; pause = Math.min(pause * growth, longestPause)) {
      const execution = await look(queryId, options, signal)
      const state = execution?.Status?.State
      if (state === 'SUCCEEDED' || state === 'FAILED' || state === 'CANCELLED') return execution!
      await options.sleep(pause, signal)
    }
  } catch (error) {
    if (signal?.aborted !== true) throw error
    // The abort is the news, whether or not Athena heard of it.
    await options.client.send(new StopQueryExecutionCommand({ QueryExecutionId: queryId })).catch(() => undefined)
    throw signal.reason
  }
}

function stoppedBy(signal: AbortSignal | undefined) {
  return signal === undefined ? {} : { abortSignal: signal }
}

/** The client sends a token along, so that a start whose answer was lost is not a second query. */
async function start(
  sql: string,
  mayReuse: boolean,
  { client, workgroup, database }: AthenaOptions,
  signal: AbortSignal | undefined,
): Promise<string> {
  const reuse = { Enabled: mayReuse, ...(mayReuse ? { MaxAgeInMinutes: reuseMinutes } : {}) }
  const command = new StartQueryExecutionCommand({
    QueryString: sql,
    WorkGroup: workgroup,
    QueryExecutionContext: { Database: database },
    ResultReuseConfiguration: { ResultReuseByAgeConfiguration: reuse },
  })
  try {
    const { QueryExecutionId } = await client.send(command, stoppedBy(signal))
    return QueryExecutionId ?? ''
  } catch (error) {
    if (signal?.aborted === true) throw signal.reason
    throw new AthenaFailed(null, error instanceof Error ? error.message : String(error), { cause: error })
  }
}

/** Undefined where Athena is too busy to say; it is asked again later. */
async function look(
  queryId: string,
  { client }: AthenaOptions,
  signal: AbortSignal | undefined,
): Promise<QueryExecution | undefined> {
  try {
    const command = new GetQueryExecutionCommand({ QueryExecutionId: queryId })
    return (await client.send(command, stoppedBy(signal))).QueryExecution
  } catch (error) {
    if (error instanceof TooManyRequestsException) return undefined
    if (signal?.aborted === true) throw signal.reason
    throw new AthenaFailed(queryId, error instanceof Error ? error.message : String(error), { cause: error })
  }
}

function failureOf(queryId: string, { Status: status, Statistics: statistics }: QueryExecution): AthenaFailed {
  const reason = status?.StateChangeReason ?? status?.AthenaError?.ErrorMessage ?? 'no reason given'
  if (/bytes scanned limit/i.test(reason)) return new ScanCapReached(queryId, statistics?.DataScannedInBytes ?? 0)
  if (status?.State === 'CANCELLED') return new AthenaCancelled(queryId, reason)
  const hint = hints.find(({ when }) => when.test(reason))?.hint
  return new AthenaFailed(queryId, hint === undefined ? reason : `${reason}; ${hint}`)
}

/** What Athena's own words leave open. Source: Amazon Athena User Guide, "Troubleshooting in Athena". */
const hints: readonly { readonly when: RegExp; readonly hint: string }[] = [
  { when: /exhausted resources|EXCEEDED_\w*MEMORY/i, hint: 'ask for less time, fewer groups or fewer distinct keys' },
  { when: /TABLE_NOT_FOUND|does not exist/i, hint: 'the table is made by the first commit' },
  {
    when: /access denied|not authorized/i,
    hint: "the caller's role needs the workgroup, the Glue table and the bucket",
  },
  { when: /snapshot/i, hint: 'the snapshot may have expired; ask again' },
]

async function resultOf(
  queryId: string,
  columns: CompiledQuery['columns'],
  { client }: AthenaOptions,
  signal: AbortSignal | undefined,
): Promise<readonly ResultRow[]> {
  const rows: ResultRow[] = []
  let NextToken: string | undefined
  do {
    const command = new GetQueryResultsCommand({ QueryExecutionId: queryId, NextToken })
    const page = await client.send(command, stoppedBy(signal)).catch(error => {
      if (signal?.aborted === true) throw signal.reason
      throw new AthenaFailed(queryId, error instanceof Error ? error.message : String(error), { cause: error })
    })
    const found = page.ResultSet?.Rows ?? []
    // The first row of the first page holds the names.
    for (const { Data = [] } of NextToken === undefined ? found.slice(1) : found) {
      const values = columns.map(({ type }, index): JsonValue => {
        const text = Data[index]?.VarCharValue
        if (text === undefined) return null
        return type === 'boolean' ? text === 'true' : text
      })
      rows.push(renderRow(columns, values))
    }
    NextToken = page.NextToken
  } while (NextToken !== undefined)
  return rows
}
