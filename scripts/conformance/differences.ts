/** Cases that are known to give other rows than they expect, and why. What is not here and differs is a fault. */
export const knownDifferences: Readonly<Record<string, string>> = {
  'out-d4-expression-name-spaces':
    'the case takes the first of several groups that have no order; ours go by their keys',
}

/** What no case shows and Trino, and so Athena, does otherwise than DuckDB; each was tried on Trino. */
export const trinoNotes: readonly string[] = [
  '`pct` and `median` are exact while fewer than 1,000 values lie beyond the percentile (so p99 of 100,000 values), and Trino’s approximation beyond; DuckDB is always exact.',
  'A number beyond what a double holds, such as `1e400` in a JSON message, is shown as `Infinity`; DuckDB shows it as it was written. Neither takes it for a number.',
  'The value `NaN` or `inf` in a JSON message or of `jsonParse`, which JSON does not have: it is absent; DuckDB shows it as it was written.',
  'Half of a surrogate pair in a JSON message (`"\\ud800"`): shown as `?`; with DuckDB the field is absent.',
  'Without regard to case, `ss` in a regular expression also matches `ß`, `ff` the ligature, and so on for characters that stand for two.',
  'Without regard to case, `\\p{Lu}` in a regular expression matches all upper-case and lower-case letters; with DuckDB a lower-case one only where it has an upper case.',
  'A regular expression that can match nothing, such as `x*`: `regexReplace` also replaces the nothing right after what it has replaced, and a group that repeats such an expression holds its last, empty turn.',
  'Trino backtracks: a regular expression of repetitions within repetitions, such as `(a*b?)*c`, can take very long on texts that it does not match.',
  'Characters that are new in Unicode 15 or 16 may be in no class of regular expressions and have no other case.',
  'The text of a number from 10^34 on has 17 digits, and zeros after them; the number itself is the same.',
]
