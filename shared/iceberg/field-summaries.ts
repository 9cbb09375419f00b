/** The ranges of partition values that a manifest list keeps of each manifest. */
import type { DataFile, PartitionValue } from './data-file.js'
import type { FieldSummary } from './manifest-list.js'
import { isOrdered, writeSingleValue } from './single-value.js'
import type { PartitionTypes } from './transform.js'
import { compareValues, ValueRanges } from './value-ranges.js'

type Present = Exclude<PartitionValue, null>

export function summarise(files: readonly DataFile[], fields: PartitionTypes): readonly FieldSummary[] {
  return fields.map(({ field, type }) => {
    const values = files.map(file => file.partition[field.name] ?? null)
    const ordered = values.filter((value): value is Present => value !== null && !Number.isNaN(value))
    const isFloating = type === 'float' || type === 'double'
    const [first] = ordered
    let least = first
    let most = first
    for (const value of ordered) {
      if (compareValues(value, least!) < 0) least = value
      if (compareValues(value, most!) > 0) most = value
    }
    return {
      containsNull: values.includes(null),
      containsNan: isFloating ? values.some(value => Number.isNaN(value)) : null,
      lowerBound: least === undefined || !isOrdered(type) ? null : writeSingleValue(type, least),
      upperBound: most === undefined || !isOrdered(type) ? null : writeSingleValue(type, most),
    }
  })
}

/** Tells which manifests may list one of the files, by the partitions of the files. */
export function mayListAny(
  files: readonly DataFile[],
  fields: PartitionTypes,
): (summaries: readonly FieldSummary[] | null) => boolean {
  const rules = fields.map(({ field, type }) => {
    const values = new Set(files.map(file => file.partition[field.name] ?? null))
    const hasNull = values.delete(null)
    const points = [...values].filter((value): value is string | number | bigint | boolean => isFilterValue(value))
    const decides = isOrdered(type) && points.length === values.size
    return {
      hasNull,
      ranges: decides
        ? new ValueRanges(
            points.map(value => ({ min: value, max: value })),
            type,
          )
        : null,
    }
  })
  return summaries => {
    if (summaries === null) return true
    return rules.every(({ hasNull, ranges }, index) => {
      const summary = summaries[index]
      if (summary === undefined || ranges === null) return true
      if (hasNull && summary.containsNull) return true
      if (summary.lowerBound === null && summary.upperBound === null) return !summary.containsNull
      return ranges.meetsBounds(summary.lowerBound, summary.upperBound)
    })
  }
}

function isFilterValue(value: PartitionValue): boolean {
  return value !== null && !(value instanceof Uint8Array) && !Number.isNaN(value)
}
