/**
 * When two rows are the same event, in DuckDB's SQL: the one place that says so, for readers and for those who write
 * data files.
 *
 * An event with a CloudWatch id is the same event wherever that id stands. Events without one (export files,
 * GetLogEvents) can only be counted: each source says how many it holds of (account, group, stream, timestamp, message),
 * and the largest of these counts is the truth, since a source holds all of an event's copies and a second one holds them
 * again. So the n-th copy within a source is the same event as the n-th copy within any other. Rows with ids are copies
 * too and come first, in each source and in all: rows without only fill up what is missing.
 *
 * Both kinds of SQL read a relation with the log columns and `at_source` (0 for the table as a whole, a number of its own
 * for each landing object), `at_file` and `at_row`; of rows that are the same event the first by these three stays.
 */

const place = ['account_id', 'log_group', 'log_stream', 'timestamp']
const id = ['arrival', 'id_random', 'id_index', 'id_raw']

/** Columns that tell events with ids apart. */
export const identityColumns: readonly string[] = [...place, ...id]

/** A condition: the row has an id. */
export const withId = '(id_random IS NOT NULL OR id_raw IS NOT NULL)'

/** Columns that the SQL below reads, besides `message` where rows without ids are about. */
const positionColumns: readonly string[] = ['at_source', 'at_file', 'at_row']

const identity = identityColumns.join(', ')
const placed = place.join(', ')
const position = positionColumns.join(', ')

/**
 * A SELECT of every event of the relation once, lazily: of rows with ids only the id's columns decide, so other columns
 * are read when the query asks for them.
 *
 * @param columns to select
 * @param idless whether any row may lack an id: `none` saves reading for it; `all` when no row has one
 */
export function eventsOnce(relation: string, columns: string, idless: 'none' | 'some' | 'all'): string {
  const first = `SELECT ${columns} FROM ${relation} WHERE ${withId}
QUALIFY row_number() OVER (PARTITION BY ${identity} ORDER BY ${position}) = 1`
  if (idless === 'none') return first
  const ofPlace = place.map(name => `of_${name}`).join(', ')
  const placedAs = place.map(name => `${name} AS of_${name}`).join(', ')
  const once = `QUALIFY row_number() OVER (PARTITION BY ${ofPlace}, content, copy ORDER BY ${position}) = 1`
  const copies = `SELECT ${columns}, ${placedAs}, message AS content, ${position},
  row_number() OVER (PARTITION BY at_source, ${placed}, message ORDER BY at_file, at_row) AS copy
  FROM ${relation} WHERE NOT ${withId}`
  if (idless === 'all') return `SELECT ${columns} FROM (${copies}) ${once}`
  const known = (perSource: string) => `(SELECT ${placedAs}, message AS content${perSource},
  count(DISTINCT row(${id.join(', ')})) AS ids FROM ${relation} WHERE ${withId} GROUP BY ALL)`
  return `${first}
UNION ALL
SELECT ${columns} FROM (
  SELECT copies.* REPLACE (copies.copy + coalesce(own.ids, 0) AS copy), coalesce(known.ids, 0) AS known
  FROM (${copies}) AS copies
  LEFT JOIN ${known(', at_source')} AS own USING (at_source, ${ofPlace}, content)
  LEFT JOIN ${known('')} AS known USING (${ofPlace}, content))
WHERE copy > known ${once}`
}

/** Of the id and the time alone: ids are hardly ever alike in two streams, and texts cost most to read and to hash. */
const idHash = `hash(timestamp, ${id.join(', ')})`

/**
 * A SELECT of the hashes `h` that more than one row with an id has: none of most relations, which is known at a tenth of
 * what looking at the identities themselves costs. Memory is bounded: a sort, and a look at the row before.
 */
export function repeatedHashes(relation: string): string {
  return `SELECT DISTINCT h FROM (SELECT h, lag(h) OVER () AS before FROM (
  SELECT ${idHash} AS h FROM ${relation} WHERE ${withId} ORDER BY h)) WHERE h = before`
}

/**
 * A SELECT of `at_file` and `at_row` of the rows with ids that repeat an earlier one.
 * @param hashes a relation with the hashes that repeat
 */
export function repeatedRows(relation: string, hashes: string): string {
  const whole = `row(${identity})`
  return `SELECT at_file, at_row FROM (SELECT *, lag(${whole}) OVER () AS before FROM (
  SELECT ${identity}, ${position} FROM ${relation}
  WHERE ${withId} AND ${idHash} IN (SELECT h FROM ${hashes}) ORDER BY ${identity}, ${position}))
WHERE ${whole} IS NOT DISTINCT FROM before`
}

/** A SELECT of `at_file` and `at_row` of the rows without ids that another row already stands for. */
export function surplusRows(relation: string): string {
  const columns = `${placed}, sha256(message) AS content`
  return `WITH copies AS MATERIALIZED (SELECT ${columns}, ${position} FROM ${relation} WHERE NOT ${withId}),
known AS MATERIALIZED (
  SELECT DISTINCT ${columns}, ${id.join(', ')}, at_source FROM ${relation}
  WHERE ${withId} AND row(${placed}) IN (SELECT row(${placed}) FROM copies)),
own AS (SELECT at_source, ${placed}, content, count(*) AS ids FROM known GROUP BY ALL),
overall AS (
  SELECT ${placed}, content, count(*) AS ids FROM (SELECT DISTINCT * EXCLUDE (at_source) FROM known) GROUP BY ALL),
numbered AS (
  SELECT ${placed}, content, ${position}, coalesce(own.ids, 0)
    + row_number() OVER (PARTITION BY at_source, ${placed}, content ORDER BY at_file, at_row) AS copy
  FROM copies LEFT JOIN own USING (at_source, ${placed}, content))
SELECT at_file, at_row FROM (
  SELECT at_file, at_row, copy <= coalesce(ids, 0) AS is_known,
    row_number() OVER (PARTITION BY ${placed}, content, copy ORDER BY ${position}) AS turn
  FROM numbered LEFT JOIN overall USING (${placed}, content))
WHERE is_known OR turn > 1`
}
