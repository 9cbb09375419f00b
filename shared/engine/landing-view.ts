/**
 * A view of landing objects alone: every event once, whatever was delivered twice. Tests of ingest and the conformance run
 * read through it; queries read table and landing through `scan-sources.ts`, where rows with ids stand for copies without
 * (`identity-sql.ts`), which here they do not.
 *
 * An event with a CloudWatch id is the same event wherever that id stands. Events without one can only be counted: each
 * object says how many it holds of (account, group, stream, timestamp, message), and the largest of these counts is the
 * truth, since a delivery holds all of an event's copies and a second delivery holds them again. So the n-th copy within
 * an object is the same event as the n-th copy within any other.
 *
 * Lazy where it matters: of events with ids, only the id's columns decide, so `message` is read when the query asks for
 * it. Events without ids are a branch of their own, and objects whose statistics say that they hold none are not opened
 * for it. A filter on account, group, stream or timestamp reaches the files; any other filter runs after the duplicates
 * have gone. Which copy stays is fixed: the first in the order of `paths`.
 */

import { derivedFields } from './derived-fields.js'

/** Columns of the table in order, and their DuckDB types. */
export const logColumns: Readonly<Record<string, string>> = {
  timestamp: 'TIMESTAMPTZ',
  log_group: 'VARCHAR',
  log_stream: 'VARCHAR',
  message: 'VARCHAR',
  arrival: 'TIMESTAMPTZ',
  id_random: 'BIGINT',
  id_index: 'INTEGER',
  id_raw: 'VARCHAR',
  account_id: 'VARCHAR',
  region: 'VARCHAR',
  format: 'VARCHAR',
  level: 'VARCHAR',
  request_id: 'VARCHAR',
  trace_id: 'VARCHAR',
  fields: 'MAP(VARCHAR, VARCHAR)',
  extra: 'VARCHAR',
  retention: 'INTEGER',
}

const columns = Object.keys(logColumns).join(', ')
/** The same out of a landing object. */
const landed = columns.replace(' fields,', () => ` ${derivedFields} AS fields,`)
const place = 'account_id, log_group, log_stream, timestamp'

/** A SELECT that gives the events of local Parquet files, each once; of no files it gives the columns and no row. */
export function landingView(paths: readonly string[]): string {
  if (paths.length === 0) {
    const nulls = Object.entries(logColumns).map(([name, type]) => `NULL::${type} AS ${name}`)
    return `SELECT ${nulls.join(', ')} WHERE false`
  }
  const files = `read_parquet([${paths.map(quoteText).join(', ')}])`
  return `SELECT ${landed} FROM ${files}
WHERE id_random IS NOT NULL OR id_raw IS NOT NULL
QUALIFY row_number() OVER (
  PARTITION BY ${place}, arrival, id_random, id_index, id_raw ORDER BY file_index, file_row_number) = 1
UNION ALL
SELECT ${columns} FROM (
  SELECT ${landed}, file_index, row_number() OVER (
    PARTITION BY file_index, ${place}, message ORDER BY file_row_number) AS copy
  FROM ${files} WHERE id_random IS NULL AND id_raw IS NULL)
QUALIFY row_number() OVER (PARTITION BY ${place}, message, copy ORDER BY file_index) = 1`
}

/** A text literal of DuckDB. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
