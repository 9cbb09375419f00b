/**
 * A local file with parts of an object, written again as LZ4: larger, and read more quickly, since most of what a query over
 * messages costs is zstd (docs/decisions/0030 and 0033).
 */
import { columnNamesById, type FileFooter } from '../parquet/footer.js'
import { quoteIdentifier, quoteText } from '../sql/quote.js'
import type { DuckDb } from './duckdb.js'

/**
 * Rows stay in their order, columns keep their names and field ids.
 * @param keyValues of the new file
 * @throws EngineFailed, or the signal's reason
 */
export async function rewritePart(
  duckdb: Pick<DuckDb, 'stream'>,
  { from, to, footer }: { readonly from: string; readonly to: string; readonly footer: FileFooter },
  keyValues: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<void> {
  const ids = Array.from(columnNamesById(footer), ([id, name]) => `${quoteIdentifier(name)}: ${id}`)
  const metadata = Object.entries(keyValues).map(([key, value]) => `${quoteText(key)}: ${quoteText(value)}`)
  const options = [
    'FORMAT parquet, COMPRESSION lz4_raw, PARQUET_VERSION v1',
    `ROW_GROUP_SIZE ${Math.max(...footer.rowGroups.map(({ rows }) => rows))}`,
    `KV_METADATA {${metadata.join(', ')}}`,
    ...(ids.length === 0 ? [] : [`FIELD_IDS {${ids.join(', ')}}`]),
  ]
  const sql = `COPY (FROM read_parquet(${quoteText(from)})) TO ${quoteText(to)} (${options.join(', ')})`
  for await (const _ of duckdb.stream(sql, [], { signal }));
}
