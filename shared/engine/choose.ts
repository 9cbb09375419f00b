import { athenaDollars } from './athena-price.js'

export interface ChoiceInput {
  /** Of the columns the query needs, in the files that its time range and groups leave. */
  readonly estimatedBytes: number
  /** What Athena would read: of the table alone, and of messages where not every file has a promoted column. */
  readonly athenaBytes: number
  /** What DuckDB may fetch for one query. */
  readonly duckDbLimitBytes: number
  /** Landing objects in the range that are not committed yet; Athena does not see them. */
  readonly uncommittedObjects: number
  /** Whether there is an Athena workgroup to ask. */
  readonly hasAthena: boolean
  /** What the user asked for. */
  readonly wanted?: 'duckdb' | 'athena'
}

export interface Choice {
  readonly engine: 'duckdb' | 'athena'
  /** A sentence for the user. */
  readonly reason: string
}

/**
 * DuckDB in the process while it can fetch what a query needs: it answers sooner, costs requests only, and sees what is not
 * committed yet. Athena beyond that.
 */
export function chooseEngine(input: ChoiceInput): Choice {
  const { estimatedBytes, duckDbLimitBytes, hasAthena, wanted } = input
  const size = bytesText(estimatedBytes)
  const limit = bytesText(duckDbLimitBytes)
  if (wanted === 'duckdb') return { engine: 'duckdb', reason: `DuckDB was asked for; ${size} to read` }
  if (wanted === 'athena') return { engine: 'athena', reason: `Athena was asked for; ${athenaTerms(input)}` }
  if (estimatedBytes <= duckDbLimitBytes)
    return { engine: 'duckdb', reason: `${size} to read, not more than the ${limit} that DuckDB takes on` }
  if (!hasAthena)
    return { engine: 'duckdb', reason: `${size} to read, more than ${limit}, but there is no Athena workgroup` }
  return { engine: 'athena', reason: `more than the ${limit} that DuckDB takes on; ${athenaTerms(input)}` }
}

function athenaTerms({ athenaBytes, uncommittedObjects }: ChoiceInput): string {
  const cost = `${bytesText(athenaBytes)} to read for about $${athenaDollars(athenaBytes).toPrecision(2)}`
  return uncommittedObjects === 0 ? cost : `${cost}, without ${uncommittedObjects} objects not committed yet`
}

/** With a decimal: `12.3 MB`. */
function bytesText(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB', 'PB']
  const power = Math.min(units.length - 1, bytes < 1 ? 0 : Math.floor(Math.log10(bytes) / 3))
  return power === 0 ? `${bytes} B` : `${(bytes / 1000 ** power).toFixed(1)} ${units[power]}`
}
