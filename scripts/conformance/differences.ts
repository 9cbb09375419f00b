/** Cases that are known to give other rows than they expect, and why. What is not here and differs is a fault. */
export const knownDifferences: Readonly<Record<string, string>> = {
  'out-d4-expression-name-spaces':
    'the case takes the first of several groups that have no order; ours go by their keys',
}

/** What no case shows and Trino, and so Athena, does otherwise than DuckDB; each was tried on Trino. */
export const trinoNotes: readonly string[] = [
  '`pct` and `median` are exact while fewer than 1,000 values lie beyond the percentile (so p99 of 100,000 values), and Trino’s approximation beyond; DuckDB is always exact.',
  'A number beyond what a double holds, such as `1e400` in a JSON message, is shown as `Infinity`; DuckDB shows it as it was written. Neither takes it for a number.',
  'The value `NaN` in a JSON message, which JSON does not have: the field is absent; DuckDB shows it as it was written.',
  'Half of a surrogate pair in a JSON message (`"\\ud800"`): shown as `?`; with DuckDB the field is absent.',
  'Without regard to case, `ss` in a regular expression also matches `ß`.',
  'The flag `U` of a regular expression (ungreedy) is refused.',
]
