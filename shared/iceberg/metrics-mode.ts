/**
 * Which columns a manifest has counts and bounds of, as the table's properties say it: `write.metadata.metrics.default`
 * and `write.metadata.metrics.column.<name>`, each `none`, `counts`, `truncate(<length>)` or `full`. Other engines follow
 * the same properties when they write to the table.
 */
import type { FieldType, Schema } from './schema.js'
import { defaultBoundLength } from './single-value.js'

export interface MetricsMode {
  readonly counts: boolean
  /** Code points that the bounds of strings keep; 0 for no bounds of any type. */
  readonly length: number
}

export function metricsModes(
  schema: Schema,
  properties: Readonly<Record<string, string>> = {},
): (fieldId: number) => MetricsMode {
  const otherwise = parseMode(properties['write.metadata.metrics.default']) ?? {
    counts: true,
    length: defaultBoundLength,
  }
  const modes = new Map<number, MetricsMode>()
  const visit = (id: number, type: FieldType, name: string): void => {
    const mode = parseMode(properties[`write.metadata.metrics.column.${name}`])
    if (mode !== null) modes.set(id, mode)
    if (typeof type === 'string') return
    if (type.type === 'struct') for (const field of type.fields) visit(field.id, field.type, `${name}.${field.name}`)
    else if (type.type === 'list') visit(type['element-id'], type.element, `${name}.element`)
    else {
      visit(type['key-id'], type.key, `${name}.key`)
      visit(type['value-id'], type.value, `${name}.value`)
    }
  }
  for (const field of schema.fields) visit(field.id, field.type, field.name)
  return fieldId => modes.get(fieldId) ?? otherwise
}

/** Null for what is not set or no mode: as in the reference implementation, the default then holds. */
function parseMode(text: string | undefined): MetricsMode | null {
  const mode = text?.trim().toLowerCase()
  if (mode === 'none') return { counts: false, length: 0 }
  if (mode === 'counts') return { counts: true, length: 0 }
  if (mode === 'full') return { counts: true, length: Number.POSITIVE_INFINITY }
  const length = Number(/^truncate\((\d{1,9})\)$/.exec(mode ?? '')?.[1] ?? 0)
  return length > 0 ? { counts: true, length } : null
}
