/**
 * The columns of the log table. Field ids are for ever: a column may be added, never renumbered or retyped. The same
 * ids stand in landing objects and in the Iceberg table. Columns from id 100 on are promoted fields, written by commit
 * and compact only.
 */
import type { SchemaElement } from 'hyparquet'

/** Stands in every landing object's key-value metadata; grows when the meaning of a column changes. */
export const schemaVersion = 1

export interface LogRow {
  /** Event time, ms since the epoch, within `minTimestamp` to `maxTimestamp`. */
  readonly timestamp: number
  readonly log_group: string
  readonly log_stream: string
  readonly message: string
  /** When CloudWatch Logs got the event, ms since the epoch, read out of its id. */
  readonly arrival: number | null
  readonly id_random: bigint | null
  readonly id_index: number | null
  readonly id_raw: string | null
  readonly account_id: string
  readonly region: string
  readonly format: string
  readonly level: string | null
  readonly request_id: string | null
  readonly trace_id: string | null
  readonly fields: FieldMap | null
  /** JSON object of envelope and event members that no column holds. */
  readonly extra: string | null
  /** Lake retention class in days, 0 for ever. */
  readonly retention: number
}

/** A row that says nothing. */
export const emptyRow: LogRow = {
  timestamp: 0,
  log_group: '',
  log_stream: '',
  message: '',
  arrival: null,
  id_random: null,
  id_index: null,
  id_raw: null,
  account_id: '',
  region: '',
  format: '',
  level: null,
  request_id: null,
  trace_id: null,
  fields: null,
  extra: null,
  retention: 0,
}

/**
 * Keys and their values: one by one (an entry whose value is null is left out), as pieces of a text (start and end of each,
 * a negative start for none), or as a text with one blank between each two values.
 */
export type FieldMap =
  | { readonly keys: readonly string[]; readonly values: readonly (string | null)[] }
  | { readonly keys: readonly string[]; readonly text: string; readonly spans: readonly number[] }
  | { readonly keys: readonly string[]; readonly text: string }

/** Years 1 to 9999 in ms: what every reader of the table can hold as a timestamp. */
export const minTimestamp = -62_135_596_800_000
export const maxTimestamp = 253_402_300_799_999

const text = { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } } as const
const instant = {
  type: 'INT64',
  converted_type: 'TIMESTAMP_MICROS',
  logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MICROS' },
} as const
const required = { repetition_type: 'REQUIRED' } as const
const optional = { repetition_type: 'OPTIONAL' } as const

/** In file order, as Parquet spells it. */
export const schemaElements: SchemaElement[] = [
  { name: 'logs', num_children: 17 },
  { name: 'timestamp', ...instant, ...required, field_id: 1 },
  { name: 'log_group', ...text, ...required, field_id: 2 },
  { name: 'log_stream', ...text, ...required, field_id: 3 },
  { name: 'message', ...text, ...required, field_id: 4 },
  { name: 'arrival', ...instant, ...optional, field_id: 5 },
  { name: 'id_random', type: 'INT64', ...optional, field_id: 6 },
  { name: 'id_index', type: 'INT32', ...optional, field_id: 7 },
  { name: 'id_raw', ...text, ...optional, field_id: 8 },
  { name: 'account_id', ...text, ...required, field_id: 9 },
  { name: 'region', ...text, ...required, field_id: 10 },
  { name: 'format', ...text, ...required, field_id: 11 },
  { name: 'level', ...text, ...optional, field_id: 12 },
  { name: 'request_id', ...text, ...optional, field_id: 13 },
  { name: 'trace_id', ...text, ...optional, field_id: 14 },
  { name: 'fields', converted_type: 'MAP', logical_type: { type: 'MAP' }, num_children: 1, ...optional, field_id: 15 },
  { name: 'key_value', repetition_type: 'REPEATED', num_children: 2 },
  { name: 'key', ...text, ...required, field_id: 16 },
  { name: 'value', ...text, ...optional, field_id: 17 },
  { name: 'extra', ...text, ...optional, field_id: 18 },
  { name: 'retention', type: 'INT32', ...required, field_id: 19 },
]
