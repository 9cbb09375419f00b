/** DuckDB's library, loaded when it is needed: that costs some 100 ms, which only those who use it should pay. */
export async function loadDuckDb() {
  // The default: what a bundle has of a CommonJS module.
  const library = (await import('@duckdb/node-api')).default
  // The library would drop a byte order mark that a text begins with, and a name without it is another one.
  const accessors = await import('@duckdb/node-api/lib/vectors/dataAccessors.js')
  Object.assign(accessors.default ?? accessors, { textDecoder: new TextDecoder('utf-8', { ignoreBOM: true }) })
  return library
}
