import type { Expr } from './expr.js'

/**
 * A query plan: a tree of steps, each on the rows of the one below it. Plain JSON apart from big integers.
 *
 * Rows have columns by name; a column defined again replaces the one before. Rows have an order, which `sort` sets,
 * `limit`, `dedup` and `window` go by, and the last step gives. The order of a scan is newest first; that of an
 * aggregate is by its keys.
 */
export type Plan =
  | Scan
  | Values
  | Filter
  | Extend
  | Parse
  | Aggregate
  | Sort
  | Limit
  | Dedup
  | Unnest
  | Window
  | Join
  | Append
  | FillGaps
  | Cluster
  | Project

/** Events of the lake, newest first. A field that an event does not have is absent. */
export interface Scan {
  readonly kind: 'scan'
  /** Null for all groups. */
  readonly groups: GroupSelection | null
  /** Event times in ms since the epoch, both inclusive; null for no bound. */
  readonly from: number | null
  readonly to: number | null
  /** Names of the log streams; left out for all. */
  readonly streams?: readonly string[]
  /** What the steps above read: nothing else has to be fetched. */
  readonly fields: readonly ScanField[]
}

export interface ScanField {
  readonly name: string
  /** `json`: the value as the JSON it stands in, so that arrays and objects are there too. */
  readonly as: 'text' | 'json'
}

/** A group belongs if one of the names or prefixes says so (or there are none) and its account does. */
export interface GroupSelection {
  readonly names: readonly string[]
  readonly prefixes: readonly string[]
  /** Empty for all accounts. */
  readonly accounts: readonly string[]
}

/** A small table of texts, such as a lookup table. */
export interface Values {
  readonly kind: 'values'
  readonly columns: readonly string[]
  readonly rows: readonly (readonly (string | null)[])[]
}

export interface Filter {
  readonly kind: 'filter'
  readonly input: Plan
  readonly condition: Expr
}

export interface Column {
  readonly name: string
  readonly value: Expr
}

/** New columns, each able to use those before it. */
export interface Extend {
  readonly kind: 'extend'
  readonly input: Plan
  readonly columns: readonly Column[]
}

/** Columns out of a text by the groups of a regular expression (RE2). Rows without a match stay, unless `everyMatch`. */
export interface Parse {
  readonly kind: 'parse'
  readonly input: Plan
  readonly text: Expr
  readonly regex: string
  readonly groups: readonly ParseGroup[]
  /** One row for every match. */
  readonly everyMatch: boolean
}

export interface ParseGroup {
  /** From 1, in the order of opening parentheses. */
  readonly index: number
  readonly name: string
  /** The group may be left out of a match, and an empty text means that it was. */
  readonly isOptional: boolean
}

/** One row for each combination of keys, absent ones included; no row for no rows. */
export interface Aggregate {
  readonly kind: 'aggregate'
  readonly input: Plan
  readonly keys: readonly Column[]
  readonly aggregates: readonly AggregateColumn[]
}

export interface AggregateColumn {
  readonly name: string
  readonly function: string
  readonly args: readonly Expr[]
}

/** Natural order (see `../insights/lower.ts`); absent values first where ascending, last where descending. */
export interface Sort {
  readonly kind: 'sort'
  readonly input: Plan
  readonly keys: readonly { readonly value: Expr; readonly descending: boolean }[]
  /** Rows whose keys are equal come in the other direction than before, instead of as they were. */
  readonly reversesTies?: true
}

export interface Limit {
  readonly kind: 'limit'
  readonly input: Plan
  readonly count: number
  /** Any rows will do. */
  readonly any: boolean
}

/** The first row of each combination; rows with an absent key are all kept. */
export interface Dedup {
  readonly kind: 'dedup'
  readonly input: Plan
  readonly keys: readonly Expr[]
}

/** One row for each element of a JSON array; anything else counts as a list of itself. */
export interface Unnest {
  readonly kind: 'unnest'
  readonly input: Plan
  readonly list: Expr
  readonly name: string
}

/** New columns from the rows around each row, in their order. */
export interface Window {
  readonly kind: 'window'
  readonly input: Plan
  readonly columns: readonly WindowColumn[]
}

export interface WindowColumn {
  readonly name: string
  /**
   * `running-sum` of the numbers so far; `lag` the value `rows` rows before; `last` the value at or before the row that is
   * not absent; `quantile` the value below which the share `fraction` of all numbers lies; `total` the sum of all numbers.
   */
  readonly function: 'running-sum' | 'lag' | 'last' | 'quantile' | 'total'
  readonly of: Expr
  readonly rows?: number
  readonly fraction?: number
  /** Rows with other values here do not count. */
  readonly partition?: readonly Expr[]
  /** The order, ascending, where it is not that of the rows. */
  readonly by?: Expr
}

/**
 * Rows of two sides, in the order of the left one. `first` is a left join with no more than one right row, the first that
 * fits. `mark` keeps each left row once and adds the column `mark`: whether a right row fits. `position` pairs the n-th
 * row with the n-th. Columns of the right side are called `prefix` and their name afterwards.
 */
export interface Join {
  readonly kind: 'join'
  readonly how: 'inner' | 'left' | 'first' | 'mark' | 'position'
  readonly left: Plan
  readonly right: Plan
  readonly on: readonly JoinTest[]
  readonly prefix: string
  readonly mark: string | null
}

export interface JoinTest {
  readonly left: Expr
  readonly right: Expr
  /** `cidr`: the left address lies in the right block. */
  readonly test: 'equal' | 'cidr'
}

/** The rows of the first, then those of the second; columns go by name. */
export interface Append {
  readonly kind: 'append'
  readonly input: Plan
  readonly last: Plan
}

/**
 * A row for each period between the first and the last that has none, and for each combination of the other keys there
 * is; ordered by time, then keys.
 */
export interface FillGaps {
  readonly kind: 'fill-gaps'
  readonly input: Plan
  /** The column that holds the start of a period. */
  readonly time: string
  /** Arguments of `datefloor` after the time: how many of which unit. */
  readonly period: readonly Expr[]
  readonly keys: readonly string[]
  /** What new rows have in other columns; elsewhere nothing. */
  readonly fills: readonly Column[]
}

/**
 * A new column, the pattern that a masked text belongs to: texts of as many tokens that begin alike and have most tokens in
 * common. Columns are those of the input; its rows have no order.
 */
export interface Cluster {
  readonly kind: 'cluster'
  readonly input: Plan
  /** The column of the text, as `mask` gives it. */
  readonly text: string
  /** The column that says how often it occurs: frequent texts come first. */
  readonly weight: string
  /** Texts with other values here have other patterns. */
  readonly apart: Expr
  readonly name: string
}

/** The columns of the answer, in order. */
export interface Project {
  readonly kind: 'project'
  readonly input: Plan
  readonly columns: readonly Column[]
}
