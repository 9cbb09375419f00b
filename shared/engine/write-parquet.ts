import { quoteIdentifier, quoteText } from '../sql/quote.js'
import type { DuckDb } from './duckdb.js'

/**
 * A file with a JSON object of texts a line → a Parquet file with these columns, all text.
 * @throws EngineFailed
 */
export async function writeParquet(
  duckdb: Pick<DuckDb, 'query'>,
  lines: string,
  columns: readonly string[],
  path: string,
): Promise<void> {
  const types = columns.map(name => `${quoteText(name)}: 'VARCHAR'`).join(', ')
  const names = columns.map(quoteIdentifier).join(', ')
  await duckdb.query(`COPY (SELECT ${names} FROM read_json(${quoteText(lines)},
  format = 'newline_delimited', compression = 'uncompressed', maximum_object_size = 67108864, columns = {${types}}))
TO ${quoteText(path)} (FORMAT parquet, COMPRESSION zstd)`)
}
