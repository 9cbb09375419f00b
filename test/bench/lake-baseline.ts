import { DuckDBInstance } from '@duckdb/node-api'

/**
 * The baseline of `npm run bench -- lake`: what somebody with DuckDB at hand would write to make one sorted file of many,
 * with the memory and the threads that the merge gets. It drops no duplicate, works out no field and counts nothing.
 */
export async function plainCopy(
  inputs: readonly string[],
  output: string,
  {
    memoryLimitMb,
    threads,
    spill,
  }: { readonly memoryLimitMb: number; readonly threads: number; readonly spill: string },
): Promise<number> {
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: `${memoryLimitMb}MB`,
    threads: String(threads),
    temp_directory: spill,
  })
  const connection = await instance.connect()
  const files = inputs.map(path => `'${path}'`).join(', ')
  const result = await connection.run(
    `COPY (SELECT * FROM read_parquet([${files}]) ORDER BY log_group, timestamp) TO '${output}' (FORMAT parquet, COMPRESSION zstd)`,
  )
  connection.closeSync()
  instance.closeSync()
  return result.rowsChanged
}
