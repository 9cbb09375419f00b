/** Schemas, partition specs and sort orders as table metadata spells them (Iceberg specification, appendix C). */

/** A primitive type by its name: `timestamptz`, `string`, `decimal(9,2)`, `fixed[16]` … */
export type PrimitiveType = string

export interface StructType {
  readonly type: 'struct'
  readonly fields: readonly NestedField[]
}

export interface ListType {
  readonly type: 'list'
  readonly 'element-id': number
  readonly element: FieldType
  readonly 'element-required': boolean
}

export interface MapType {
  readonly type: 'map'
  readonly 'key-id': number
  readonly key: FieldType
  readonly 'value-id': number
  readonly value: FieldType
  readonly 'value-required': boolean
}

export type FieldType = PrimitiveType | StructType | ListType | MapType

export interface NestedField {
  readonly id: number
  readonly name: string
  readonly required: boolean
  readonly type: FieldType
  readonly doc?: string
}

export interface Schema extends StructType {
  readonly 'schema-id': number
  readonly 'identifier-field-ids'?: readonly number[]
}

export interface PartitionField {
  readonly 'source-id': number
  readonly 'field-id': number
  readonly name: string
  /** `identity`, `day`, `bucket[16]` … */
  readonly transform: string
}

export interface PartitionSpec {
  readonly 'spec-id': number
  readonly fields: readonly PartitionField[]
}

export interface SortField {
  readonly 'source-id': number
  readonly transform: string
  readonly direction: 'asc' | 'desc'
  readonly 'null-order': 'nulls-first' | 'nulls-last'
}

export interface SortOrder {
  readonly 'order-id': number
  readonly fields: readonly SortField[]
}

/** The primitive types by field id, those inside structs, lists and maps too. */
export function primitiveTypes(schema: StructType): ReadonlyMap<number, PrimitiveType> {
  const types = new Map<number, PrimitiveType>()
  const visit = (id: number, type: FieldType): void => {
    if (typeof type === 'string') types.set(id, type)
    else if (type.type === 'struct') for (const field of type.fields) visit(field.id, field.type)
    else if (type.type === 'list') visit(type['element-id'], type.element)
    else {
      visit(type['key-id'], type.key)
      visit(type['value-id'], type.value)
    }
  }
  for (const field of schema.fields) visit(field.id, field.type)
  return types
}

/** The highest field id, those inside structs, lists and maps too. */
export function highestFieldId(type: FieldType): number {
  if (typeof type === 'string') return 0
  if (type.type === 'struct') {
    return type.fields.reduce((most, field) => Math.max(most, field.id, highestFieldId(field.type)), 0)
  }
  if (type.type === 'list') return Math.max(type['element-id'], highestFieldId(type.element))
  return Math.max(type['key-id'], type['value-id'], highestFieldId(type.key), highestFieldId(type.value))
}
