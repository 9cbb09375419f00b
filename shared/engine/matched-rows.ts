/** How many events passed the conditions of a query, read out of DuckDB's profile of the run. */

interface Operator {
  readonly operator_type?: string
  readonly operator_cardinality?: number
  readonly extra_info?: { readonly Conditions?: string | readonly string[] }
  readonly children?: readonly Operator[]
}

/** Steps that leave events what they are. */
const keeping = new Set(['TABLE_SCAN', 'FILTER', 'PROJECTION', 'UNION', 'WINDOW', 'STREAMING_WINDOW', 'DUMMY_SCAN'])

/** Events that reached the first step that does more with them than leave some out. */
export function matchedRows(profile: string): number {
  return count(JSON.parse(profile) as Operator)
}

function count(operator: Operator): number {
  const children = operator.children ?? []
  if (isReadAgain(operator)) return 0
  if (isKeeping(operator)) return operator.operator_cardinality ?? 0
  // The newest few are found by their times alone; the other side fetches the rest of these rows by their number.
  const counted = isLookUp(operator) ? children.slice(1) : children
  return counted.reduce((sum, child) => sum + count(child), 0)
}

function isKeeping(operator: Operator): boolean {
  const { operator_type: type = '', children = [] } = operator
  return isOfDeletes(operator) || isOfIdentity(operator) || (keeping.has(type) && children.every(isKeeping))
}

/** Leaves out rows of a file that another engine has deleted. */
function isOfDeletes({ operator_type: type, extra_info: info }: Operator): boolean {
  return type === 'HASH_JOIN' && /\bdeleted_row\b/.test(String(info?.Conditions ?? ''))
}

/** Leaves out rows without ids that are events with ids elsewhere: `identity-sql.ts`. */
function isOfIdentity({ operator_type: type, extra_info: info }: Operator): boolean {
  return type === 'HASH_JOIN' && /\bof_log_group = of_log_group\b/.test(String(info?.Conditions ?? ''))
}

function isLookUp({ operator_type: type, extra_info: info }: Operator): boolean {
  return type === 'HASH_JOIN' && String(info?.Conditions ?? '').includes('file_row_number = file_row_number')
}

/** `dedup` has found the times of its rows, and takes these rows themselves out of the files: they are counted already. */
function isReadAgain({ operator_type: type, extra_info: info }: Operator): boolean {
  return type === 'HASH_JOIN' && /\btime_of_first_\d+$/.test(String(info?.Conditions ?? ''))
}
