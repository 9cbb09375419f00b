/** Partition transforms (Iceberg specification, "Partition Transforms"): result types, and values for what Tailrace uses. */
import type { PartitionField, PartitionSpec, PrimitiveType, Schema } from './schema.js'
import { primitiveTypes } from './schema.js'

const microsecondsPerDay = 86_400_000_000n

/** The type of a partition field's values. */
function resultType(transform: string, source: PrimitiveType): PrimitiveType {
  if (transform === 'identity' || transform === 'void' || transform.startsWith('truncate')) return source
  return transform === 'day' ? 'date' : 'int'
}

/** The fields of a partition spec with the types of their values. */
export type PartitionTypes = readonly { readonly field: PartitionField; readonly type: PrimitiveType }[]

/** A source column that is gone is looked for in older schemas. */
export function partitionTypes(spec: PartitionSpec, schemas: readonly Schema[]): PartitionTypes {
  const newestFirst = schemas.toSorted((a, b) => b['schema-id'] - a['schema-id']).map(primitiveTypes)
  return spec.fields.map(field => {
    const source = newestFirst.map(types => types.get(field['source-id'])).find(type => type !== undefined)
    return { field, type: resultType(field.transform, source ?? 'int') }
  })
}

/** The `day` of a timestamp in µs: days since 1970, rounded down before it too. */
export function dayOf(microseconds: bigint): number {
  const day = microseconds / microsecondsPerDay
  return Number(microseconds % microsecondsPerDay < 0n ? day - 1n : day)
}

/**
 * Where a transform keeps the order of its source, the transformed value, so that ranges of the source are ranges of
 * the partition; null where it does not (`bucket`) or is not worked out here.
 */
export function transformForOrder(
  transform: string,
  source: PrimitiveType,
  value: number | bigint | string | boolean,
): number | bigint | string | boolean | null {
  if (transform === 'identity') return value
  const isTimestamp = source === 'timestamp' || source === 'timestamptz'
  if (!isTimestamp || typeof value !== 'bigint') return null
  const day = dayOf(value)
  const date = new Date(day * 86_400_000)
  switch (transform) {
    case 'year':
      return date.getUTCFullYear() - 1970
    case 'month':
      return (date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth()
    case 'day':
      return day
    case 'hour':
      return day * 24 + Number((value - BigInt(day) * microsecondsPerDay) / 3_600_000_000n)
    default:
      return null
  }
}
