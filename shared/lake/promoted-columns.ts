/**
 * Which column of the table holds which promoted field. A column has one field and one type for as long as it is there, by its
 * field id: a table property says which, and of each file its footer, since what a file holds never changes. Names are what is
 * free, and nothing goes by them: `pipeline.yml` gives them to other fields, other engines rename columns and add their own.
 */
import type { NestedField } from '../iceberg/schema.js'
import { addColumns, setProperties } from '../iceberg/table-changes.js'
import { currentSchema, currentSnapshot, type TableMetadata } from '../iceberg/table-metadata.js'
import type { PromotedColumn, PromotedType } from './merge.js'

/** Promoted columns get ids from here on. */
export const firstPromotedId = 100

/** What `pipeline.yml` promotes. */
export type PromotedSetting = Omit<PromotedColumn, 'id'>

export interface PromotedTable {
  readonly metadata: TableMetadata
  /** In the order of the settings, under the names that the columns have. */
  readonly promoted: readonly PromotedColumn[]
  /** Fields whose column has not the name that was asked for. */
  readonly elsewhere: readonly PromotedElsewhere[]
}

export interface PromotedElsewhere {
  readonly field: string
  readonly asked: string
  readonly column: string
}

/**
 * The table with the columns that the settings promote; the same metadata when it has them all. A field finds the column of its
 * type that was made for it, by the name that was asked for then or by what it is called now. Else it gets a new one; where a
 * column of another field, of another type or of another engine has the name, `_2`, `_3` and so on follow it. A column that is
 * promoted no more stays, so that its data can be read.
 */
export function withPromoted(metadata: TableMetadata, settings: readonly PromotedSetting[], now: Date): PromotedTable {
  const ties = tiesOf(metadata)
  const known = knownColumns(metadata, settings, ties)
  const missing = settings.filter(setting => !known.has(setting))
  const names = freeNames(
    missing.map(({ column }) => column),
    currentSchema(metadata).fields.map(({ name }) => name),
    settings.map(({ column }) => column),
  )
  const added = missing.map(({ field, type }, index) => ({ name: names[index]!, type, doc: `the field ${field}` }))
  const wider = addColumns(metadata, added, now)
  const { fields } = currentSchema(wider)
  missing.forEach((setting, index) => {
    const column = fields.find(({ name }) => name === names[index])!
    known.set(setting, column)
    ties.set(column.id, { field: setting.field, column: setting.column })
  })
  const promoted = settings.map(setting => ({
    ...setting,
    id: known.get(setting)!.id,
    column: known.get(setting)!.name,
  }))
  const text = JSON.stringify(Object.fromEntries(ties))
  const isSaid = metadata.properties?.[promotedProperty] === text
  return {
    metadata: isSaid ? wider : setProperties(wider, { [promotedProperty]: text }, now),
    promoted,
    elsewhere: promoted.flatMap(({ field, column }, index) => {
      const asked = settings[index]!.column
      return asked === column ? [] : [{ field, asked, column }]
    }),
  }
}

function knownColumns(
  metadata: TableMetadata,
  settings: readonly PromotedSetting[],
  ties: ReadonlyMap<number, Tie>,
): Map<PromotedSetting, NestedField> {
  const known = new Map<PromotedSetting, NestedField>()
  const unclaimed = new Set(currentSchema(metadata).fields)
  for (const setting of settings) {
    const found = [...unclaimed].find(({ id, name, type }) => {
      const tie = ties.get(id)
      const isItsOwn = tie?.field === setting.field && type === setting.type
      return isItsOwn && (tie.column === setting.column || name === setting.column)
    })
    if (found === undefined) continue
    known.set(setting, found)
    unclaimed.delete(found)
  }
  return known
}

/** The longest name that `pipeline.yml` takes. */
const longestName = 63

/** Engines take names that differ in case for one. @param reserved what only those who asked for it may have */
function freeNames(asked: readonly string[], present: readonly string[], reserved: readonly string[]): string[] {
  const taken = new Set(present.map(name => name.toLowerCase()))
  return asked.map(name => {
    let free = name
    for (let number = 2; taken.has(free) || (free !== name && reserved.includes(free)); number++) {
      const suffix = `_${number}`
      free = name.slice(0, longestName - suffix.length) + suffix
    }
    taken.add(free)
    return free
  })
}

/** JSON, of promoted columns by field id: the field, and the name that was asked for. */
export const promotedProperty = 'tailrace.promoted'

interface Tie {
  readonly field: string
  readonly column: string
}

/** Tables without the property are of an earlier release, which left it to the documentation of the columns. */
function tiesOf(metadata: TableMetadata): Map<number, Tie> {
  const said = objectsById(metadata.properties?.[promotedProperty])
  const documented = () =>
    currentSchema(metadata).fields.flatMap(({ id, name, doc }): [number, Tie][] => {
      const [, field] = /^the field (.+)$/s.exec(doc ?? '') ?? []
      return id < firstPromotedId || field === undefined ? [] : [[id, { field, column: name }]]
    })
  const ties = said?.flatMap(([id, { field, column }]): [number, Tie][] =>
    typeof field === 'string' && typeof column === 'string' ? [[id, { field, column }]] : [],
  )
  return new Map(ties ?? documented())
}

/** A column that may hold a promoted field, as the footers of files say. */
export type PromotableColumn = Omit<PromotedColumn, 'field'>

/** Columns that the current snapshot and the table as it is now have under one name: other engines may read the one or the other. */
export function promotableColumns(metadata: TableMetadata): readonly PromotableColumn[] {
  const snapshotSchema = currentSnapshot(metadata)?.['schema-id']
  const own = metadata.schemas.find(schema => schema['schema-id'] === snapshotSchema) ?? currentSchema(metadata)
  const names = new Map(own.fields.map(({ id, name }) => [id, name]))
  return currentSchema(metadata).fields.flatMap(({ id, name, type }) =>
    id >= firstPromotedId && isPromotedType(type) && names.get(id) === name ? [{ id, column: name, type }] : [],
  )
}

function isPromotedType(type: unknown): type is PromotedType {
  return type === 'string' || type === 'long' || type === 'double' || type === 'boolean'
}

/** Key of a data file's footer: JSON, of its promoted columns by field id: the field, and rows that have it and no value here. */
export const promotedKey = 'tailrace.promoted'

/** @param unheld of each column, rows whose field it cannot hold */
export function promotedFooter(promoted: readonly PromotedColumn[], unheld: readonly number[]): string {
  return JSON.stringify(
    Object.fromEntries(promoted.map(({ id, field }, index) => [id, { field, unheld: unheld[index] }])),
  )
}

/**
 * The fields that a file holds in columns whenever an event has them at all, by the columns' ids. Files of earlier releases
 * name no fields, and a column may have changed its own since.
 */
export function heldFields(keyValues: ReadonlyMap<string, string>): ReadonlyMap<number, string> {
  const columns = objectsById(keyValues.get(promotedKey)) ?? []
  return new Map(
    columns.flatMap(([id, { field, unheld }]): [number, string][] =>
      typeof field === 'string' && unheld === 0 ? [[id, field]] : [],
    ),
  )
}

/** Of a JSON object whose keys are field ids; null for what is not there, or what others made of it. */
function objectsById(
  text: string | undefined,
): readonly (readonly [number, Readonly<Record<string, unknown>>])[] | null {
  try {
    const object: unknown = JSON.parse(text ?? 'null')
    if (typeof object !== 'object' || object === null) return null
    return Object.entries(object).flatMap(([id, value]) =>
      /^\d+$/.test(id) && typeof value === 'object' && value !== null ? [[Number(id), value] as const] : [],
    )
  } catch {
    return null
  }
}
