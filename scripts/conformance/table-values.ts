/** Values of a table as text, so that the rows of several readers can be compared. */
import type { LoadedTable } from '../../shared/iceberg/catalog.js'
import type { NestedField } from '../../shared/iceberg/schema.js'
import { currentSchema } from '../../shared/iceberg/table-metadata.js'

/** In the order of the schema. */
export type TextRow = readonly (string | null)[]

/** Instants are microseconds since 1970, numbers as JavaScript prints them, a map its sorted entries. */
export type ColumnKind = 'instant' | 'integer' | 'double' | 'boolean' | 'text' | 'map'

export interface Column {
  readonly name: string
  readonly kind: ColumnKind
}

const kinds: Readonly<Record<string, ColumnKind>> = {
  timestamptz: 'instant',
  int: 'integer',
  long: 'integer',
  double: 'double',
  boolean: 'boolean',
  string: 'text',
}

export function columnsOf({ metadata }: LoadedTable): readonly Column[] {
  return currentSchema(metadata).fields.map(({ name, type }: NestedField) => {
    const kind = typeof type === 'string' ? kinds[type] : type.type === 'map' ? 'map' : undefined
    if (kind === undefined) throw new Error(`the column ${name} has the type ${JSON.stringify(type)}`)
    return { name, kind }
  })
}

/** Of a map, given as pairs. */
export function mapText(entries: readonly (readonly [string, unknown])[]): string {
  return JSON.stringify(entries.toSorted(([one], [other]) => (one < other ? -1 : 1)))
}
