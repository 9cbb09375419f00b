/**
 * The merge port: many files of log rows in, few sorted ones out, each event once. `commit` and `compact` use it; the
 * engine implements it, so that the lake does not depend on an engine. All files are local.
 */

import type { NestedField } from '../iceberg/schema.js'
import type { Erasure } from './erasures.js'

/** A field that has a column of its own in data files. */
export interface PromotedColumn {
  /** As queries name it. */
  readonly field: string
  readonly column: string
  readonly type: PromotedType
  /** Field id in the table's schema, 100 or more. */
  readonly id: number
}

/** A column that another engine gave the table; a merge hands its values on. */
export type CarriedColumn = Pick<NestedField, 'id' | 'name' | 'type'>

export type PromotedType = 'string' | 'long' | 'double' | 'boolean'

export interface MergeInput {
  readonly path: string
  /**
   * A file of landing objects counts copies of rows without ids for itself, so it holds one object where there are such rows;
   * all files of the table do so together.
   */
  readonly kind: 'landing' | 'table'
  readonly bytes: number
  /** No row group has more; the file's own bytes where it is not said. */
  readonly rowGroupBytes?: number
  /** Of the columns before compression. */
  readonly uncompressedBytes: number
  readonly rows: number
  /** May lack a column of ours or have it under another name: of an older release, or after another engine changed columns. */
  readonly isPartial: boolean
  /** Rows that another engine has deleted. */
  readonly deletes?: PositionDeletes
}

/** Files of position deletes, and under which URI they name the file. */
export interface PositionDeletes {
  readonly uri: string
  readonly paths: readonly string[]
}

/** A file may be this much larger than asked for, sooner than be two: these would be small, and merged again. */
export const largestShare = 1.33

export interface MergeRequest {
  readonly inputs: readonly MergeInput[]
  /** Files whose events must not be written again; they may hold no other columns than the merge reads. */
  readonly against: readonly string[]
  /** Whether one of these may lack columns, as `isPartial` of an input says. */
  readonly isAgainstPartial?: boolean
  /** Whether any row, of the inputs or against them, has no id. */
  readonly hasIdless: boolean
  readonly promoted: readonly PromotedColumn[]
  /** Columns of the table's files that are not ours. */
  readonly carried?: readonly CarriedColumn[]
  /** About so many bytes a file. */
  readonly targetBytes: number
  /** An empty folder for the files. */
  readonly folder: string
  /** What the landing objects say of themselves, where all of them do. */
  readonly landed?: LandedRows
  /** The lake retention of a group now, in days; without it rows keep theirs. */
  readonly retentionOf?: (logGroup: string) => number
  /** Events that go for good. */
  readonly erase?: readonly Erasure[]
  readonly signal?: AbortSignal
}

/** What need not be read of the inputs, since it is known. */
export interface LandedRows {
  /** What the inputs hold of each stream in each hour, one or several times. */
  readonly tallies: readonly Tally[]
  /** Numbers of the inputs of which no row is the same event as any other row of the merge. */
  readonly distinct: ReadonlySet<number>
}

/** A file that was written: of one day and one retention class, in the order of the table. */
export interface MergedFile {
  readonly path: string
  /** Days since 1970. */
  readonly day: number
  readonly retention: number
}

/** What is new in the table of one stream in one hour; negative where rows of the table gave way to others. */
export interface Tally {
  readonly accountId: string
  readonly logGroup: string
  readonly logStream: string
  /** Hours since 1970. */
  readonly hour: number
  readonly rows: number
  /** UTF-8 bytes of the messages. */
  readonly bytes: number
  /** Event times, ms. */
  readonly first: number
  readonly last: number
}

export interface MergeResult {
  readonly files: readonly MergedFile[]
  /** Which groups stand under which lake retention in the files. Nothing where no landing object was merged. */
  readonly classes: readonly { readonly logGroup: string; readonly retention: number }[]
  /** Rows of the inputs that another row stood for. */
  readonly duplicates: number
  /** Rows that another engine had deleted. */
  readonly deleted: number
  readonly erased: number
  /** Nothing where no landing object was merged. */
  readonly tallies: readonly Tally[]
}

/** What tells an event apart, and nothing of what is in it. */
export interface EventIdentity {
  readonly accountId: string
  readonly logGroup: string
  readonly logStream: string
  /** ms since the epoch. */
  readonly timestamp: number
}

export interface FindRequest {
  readonly erasure: Erasure
  /** Those that go, or those that would go and are held. */
  readonly which: 'erasable' | 'held'
  /** Local files, of landing or of the table. */
  readonly paths: readonly string[]
  /** How many events are named at most. */
  readonly samples: number
  /** An empty folder. */
  readonly folder: string
  readonly signal?: AbortSignal
}

export interface FoundEvents {
  /** By file, in the order of the paths. */
  readonly rows: readonly number[]
  readonly samples: readonly EventIdentity[]
}

export interface Merge {
  /** @throws MergeFailed when a file cannot be read to its end, or memory or disk do not suffice */
  merge(request: MergeRequest): Promise<MergeResult>
  /** Looks for the events of an erasure. @throws MergeFailed */
  find(request: FindRequest): Promise<FoundEvents>
  /** Reads all of a file; what is wrong with it, or null. */
  damageOf(path: string): Promise<string | null>
}
