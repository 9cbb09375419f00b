/** What stays in a merge, counted: what is new in the table, and which partitions it is written to. */
import type { LandedRows, MergeInput, MergeRequest, Tally } from '../lake/merge.js'
import type { Row, Session } from './merge-session.js'
import { countsSql, goneTallySql, type KnownTexts, tallySql } from './merge-sql.js'

/** Rows that stay. */
export interface Count {
  readonly logGroup: string
  /** Hours since 1970. */
  readonly hour: number
  readonly rows: number
  /** That it is written under. */
  readonly retention: number
}

interface Survey {
  readonly counts: readonly Count[]
  readonly tallies: readonly Tally[]
  readonly texts: KnownTexts & { readonly log_group: ReadonlySet<string> }
}

/** @param gone what was in the table and goes */
export async function survey(
  session: Session,
  { inputs, landed, retentionOf }: MergeRequest,
  { hasDropped, gone }: { readonly hasDropped: boolean; readonly gone: readonly Tally[] },
): Promise<Survey> {
  const areLanded = inputs.every(({ kind }) => kind === 'landing')
  if (landed !== undefined && areLanded && !hasDropped && retentionOf !== undefined) {
    return sumLanded(landed, retentionOf)
  }
  const hasLanding = inputs.some(({ kind }) => kind === 'landing')
  const found = hasLanding ? await tallyRows(session, gone) : await countRows(session)
  if (retentionOf === undefined) return found
  return { ...found, counts: found.counts.map(each => ({ ...each, retention: retentionOf(each.logGroup) })) }
}

/** What landing objects say of themselves, where all of their rows stay. */
function sumLanded({ tallies }: LandedRows, retentionOf: (logGroup: string) => number): Survey {
  const sums = new Map<string, Tally>()
  for (const each of tallies) {
    const key = JSON.stringify([each.accountId, each.logGroup, each.logStream, each.hour])
    const sum = sums.get(key)
    sums.set(key, sum === undefined ? each : added(sum, each))
  }
  return surveyOf(Array.from(sums.values(), tally => ({ tally, retention: retentionOf(tally.logGroup) })))
}

function added(one: Tally, other: Tally): Tally {
  return {
    ...one,
    rows: one.rows + other.rows,
    bytes: one.bytes + other.bytes,
    first: Math.min(one.first, other.first),
    last: Math.max(one.last, other.last),
  }
}

/** Without streams, which are of no interest where nothing was landed. */
async function countRows(session: Session): Promise<Survey> {
  const counts = (await session.rows(countsSql)).map(([logGroup, hour, rows, retention]) => ({
    logGroup: String(logGroup),
    hour: Number(hour),
    rows: Number(rows),
    retention: Number(retention),
  }))
  return { counts, tallies: [], texts: { log_group: new Set(counts.map(({ logGroup }) => logGroup)) } }
}

/** One look at what stays tells what is new in the table and which partitions it belongs to. */
async function tallyRows(session: Session, gone: readonly Tally[]): Promise<Survey> {
  const kept = (await session.rows(tallySql)).map(row => {
    return { tally: tallyOf(row), retention: Number(row[8]), isNew: row[9] === true }
  })
  return { ...surveyOf(kept), tallies: [...kept.filter(({ isNew }) => isNew).map(each => each.tally), ...gone] }
}

/** What was in the table and goes, in negative numbers. */
export async function goneTallies(session: Session, inputs: readonly MergeInput[]): Promise<readonly Tally[]> {
  return (await session.rows(goneTallySql(inputs))).map(tallyOf)
}

function surveyOf(kept: readonly { readonly tally: Tally; readonly retention: number }[]): Survey {
  return {
    counts: kept.map(({ tally: { logGroup, hour, rows }, retention }) => ({ logGroup, hour, rows, retention })),
    tallies: kept.map(each => each.tally),
    texts: {
      account_id: new Set(kept.map(each => each.tally.accountId)),
      log_group: new Set(kept.map(each => each.tally.logGroup)),
      log_stream: new Set(kept.map(each => each.tally.logStream)),
    },
  }
}

function tallyOf([accountId, logGroup, logStream, hour, rows, bytes, first, last]: Row): Tally {
  return {
    accountId: String(accountId),
    logGroup: String(logGroup),
    logStream: String(logStream),
    hour: Number(hour),
    rows: Number(rows),
    bytes: Number(bytes),
    first: Number(first),
    last: Number(last),
  }
}
