/** What people write who are used to another query language, and how it is said in this one. */

const selected = 'columns are chosen by fields: fields @timestamp, @message | limit 20'
const counted = 'counting is an aggregate: stats count(*) by level'
const matched = 'events are chosen by filter: filter @message like "text"'
const cut = 'so many rows are kept by limit: sort @timestamp desc | limit 20'
const taken = 'values are taken out of a text by parse: parse @message "user=*" as user'
const ranked = 'the most frequent: stats count(*) as n by field | sort n desc | limit 10'
const kept = 'one row of each is kept by dedup: dedup field'

/** By the word that stands where a command should. */
export const foreignCommands: ReadonlyMap<string, string> = new Map([
  ...['select', 'table', 'project', 'eval', 'extend', 'mutate', 'let'].map(word => [word, selected] as const),
  ...['count', 'sum', 'avg', 'min', 'max', 'summarize', 'aggregate', 'group', 'timechart', 'chart'].map(
    word => [word, counted] as const,
  ),
  ...['grep', 'search', 'match', 'find', 'regex', 'having'].map(word => [word, matched] as const),
  ...['take', 'tail', 'first', 'last'].map(word => [word, cut] as const),
  ...['rex', 'extract', 'grok', 'regexp'].map(word => [word, taken] as const),
  ...['top', 'rare'].map(word => [word, ranked] as const),
  ...['distinct', 'uniq', 'unique'].map(word => [word, kept] as const),
])

/** By the word that stands after a complete command or condition. */
export const foreignEndings: ReadonlyMap<string, string> = new Map([
  ['descending', 'the order is written asc or desc'],
  ['ascending', 'the order is written asc or desc'],
  ['is', 'a field that is there is told by ispresent(field), one that is not by not ispresent(field)'],
  ['between', 'a range is written field >= 1 and field <= 9'],
  ['contains', 'a text within another is found by like: field like "text"'],
  ['matches', 'a regular expression is tried by like: field like /text/'],
  ['ilike', 'case is ignored by a regular expression: field like /(?i)text/'],
  ['group', 'groups are made by stats: stats count(*) by field'],
  ['having', 'the rows of stats are chosen by filter: stats count(*) as n by field | filter n > 1'],
  ['order', 'rows are put in order by a command of its own: | sort field desc'],
  ['from', 'log groups are chosen beside the query, or by SOURCE as its first command'],
])

/** How `p95(x)` is said; null for any other name of a function. */
export function percentileHint(name: string): string | null {
  const [, percent] = /^(?:p|perc|percentile)_?(\d{1,2}(?:\.\d{1,3})?)$/i.exec(name) ?? []
  return percent === undefined ? null : `a percentile is written pct(x, ${percent})`
}
