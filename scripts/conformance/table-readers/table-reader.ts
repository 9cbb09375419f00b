import type { LoadedTable } from '../../../shared/iceberg/catalog.js'
import type { TextRow } from '../table-values.js'

/** Somebody who reads Iceberg tables, and shares no code with what writes ours. */
export interface TableReader {
  /** With its own version. */
  readonly name: string
  /** All rows, in any order. */
  rows(table: LoadedTable): Promise<readonly TextRow[]>
  close(): Promise<void>
}
