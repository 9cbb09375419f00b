/** Where the events of erasures stand in the files of a merge, or in files that are looked through. */
import type { Erasure, GroupSpan } from '../lake/erasures.js'
import type { FindRequest, FoundEvents, MergeInput, MergeRequest } from '../lake/merge.js'
import type { Project } from '../plan/node.js'
import { compilePlan } from '../sql/compile.js'
import { duckDb } from '../sql/dialects/duckdb.js'
import type { Statement } from '../sql/fragment.js'
import { checkFieldIds, type Session } from './merge-session.js'
import { erasableRelation, groupSpansSql, placesSql, samplesSql } from './merge-sql.js'

/** The events of erasures as pointers, each plan those of some of them. */
export type PlanErasures = (question: {
  readonly erasures: readonly Erasure[]
  readonly which: FindRequest['which']
  /** The groups that there are, and when: erasures of no such events are left out. Null where that is not known. */
  readonly spans: readonly GroupSpan[] | null
}) => readonly Project[]

export interface ErasingOptions {
  /** Needed where events are erased. */
  readonly planErasures?: PlanErasures
}

/** Adds to `dropped` what is to be gone. */
export async function dropErased(
  session: Session,
  { inputs, erase: erasures = [] }: MergeRequest,
  options: ErasingOptions,
): Promise<void> {
  if (erasures.length === 0) return
  const spans = (await session.rows(groupSpansSql(inputs))).map(([logGroup, first, last]) => {
    return { logGroup: String(logGroup), first: Number(first), last: Number(last) }
  })
  for (const { sql, params } of erasureSql({ erasures, which: 'erasable', spans }, inputs, options)) {
    await session.run(`INSERT INTO dropped SELECT * FROM (${sql}) EXCEPT SELECT * FROM dropped`, params)
  }
}

/** Each a SELECT of the places of the events. */
function erasureSql(
  question: Parameters<PlanErasures>[0],
  inputs: readonly Pick<MergeInput, 'path' | 'isPartial'>[],
  { planErasures }: ErasingOptions,
): readonly Statement[] {
  if (planErasures === undefined) throw new Error('nothing says how the events of an erasure are found')
  const sources = [[{ relation: erasableRelation(inputs), promoted: new Map() }]]
  return planErasures(question).map(plan => {
    const { sql, params } = compilePlan(plan, duckDb, { sources })
    return { sql: placesSql(sql), params }
  })
}

export async function find(session: Session, request: FindRequest, options: ErasingOptions): Promise<FoundEvents> {
  const { erasure, which, paths, samples } = request
  // Landing objects of an older release and files of other engines may be among them.
  const inputs = paths.map(path => ({ path, isPartial: true }))
  await checkFieldIds(session, paths)
  await session.run('CREATE TEMP TABLE found (at_file BIGINT, at_row BIGINT)')
  for (const { sql, params } of erasureSql({ erasures: [erasure], which, spans: null }, inputs, options)) {
    await session.run(`INSERT INTO found ${sql}`, params)
  }
  const counts = new Map(
    (await session.rows('SELECT at_file, count(*) FROM found GROUP BY 1')).map(([at, rows]) => [
      Number(at),
      Number(rows),
    ]),
  )
  const named = samples === 0 || counts.size === 0 ? [] : await session.rows(samplesSql(inputs, samples))
  return {
    rows: paths.map((_, index) => counts.get(index) ?? 0),
    samples: named.map(([accountId, logGroup, logStream, timestamp]) => ({
      accountId: String(accountId),
      logGroup: String(logGroup),
      logStream: String(logStream),
      timestamp: Number(timestamp),
    })),
  }
}
