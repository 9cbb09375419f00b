/** What people write who are used to another query language, and how it is said in this one. */

const selected = 'columns are chosen by fields: fields @timestamp, @message | limit 20'
const made = 'a new column is an expression in fields: fields a + b as c'
const counted = 'counting is an aggregate: stats count(*) by level'
const matched = 'events are chosen by filter: filter @message like "text"'
const plotted = 'counts over time: stats count(*) as n by bin(5m)'
const summed = 'values of several rows are made by stats, running totals by accum, values of rows before by autoregress'
const elements = 'a row for each element of an array is made by expand, of a list by unnest'
const cut = 'so many rows are kept by limit: sort @timestamp desc | limit 20'
const taken = 'values are taken out of a text by parse: parse @message "user=*" as user'
const ranked = 'the most frequent: stats count(*) as n by field | sort n desc | limit 10'
const kept = 'one row of each is kept by dedup: dedup field'
const converted = 'values are converted by toNumber(field), toInt(field), toLong(field) and toDouble(field)'
const present = 'a field that is there is told by ispresent(field), one that is not by not ispresent(field)'
const printed = 'parts of a time are printed by formatDate(@timestamp, "%H")'
const different = 'different values are counted by countDistinct(field)'
const found = 'a text within another is found by like: field like "text"'
const tried = 'a regular expression is tried by like: field like /text/'

/** By the word that stands where a command should. */
export const foreignCommands: ReadonlyMap<string, string> = new Map([
  ...['select', 'table', 'project', 'keep'].map(word => [word, selected] as const),
  ...['eval', 'extend', 'mutate', 'let', 'set'].map(word => [word, made] as const),
  ...['count', 'sum', 'avg', 'min', 'max', 'summarize', 'aggregate', 'group'].map(word => [word, counted] as const),
  ...['timechart', 'chart', 'timeslice', 'render'].map(word => [word, plotted] as const),
  ...['eventstats', 'streamstats', 'serialize'].map(word => [word, summed] as const),
  ...['mvexpand', 'explode', 'flatten'].map(word => [word, elements] as const),
  ['rename', 'a field gets another name in fields: fields a as b'],
  ['transaction', 'sessions are numbered by sessionize: sessionize userId maxspan 30m'],
  ['fillnull', 'an absent value is replaced by coalesce: fields coalesce(a, 0) as b'],
  ['union', 'several log groups are chosen beside the query, or by SOURCE logGroups(namePrefix: ["/aws/lambda/"])'],
  ['logfmt', 'pairs are read by parse: parse @message logfmt as entry'],
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
  ['is', present],
  ['between', 'a range is written field >= 1 and field <= 9'],
  ['contains', found],
  ...['has', 'startswith', 'endswith', 'glob'].map(word => [word, found] as const),
  ...['matches', 'rlike', 'regexp', 'similar'].map(word => [word, tried] as const),
  ['ilike', 'case is ignored by a regular expression: field like /(?i)text/'],
  ['group', 'groups are made by stats: stats count(*) by field'],
  ['having', 'the rows of stats are chosen by filter: stats count(*) as n by field | filter n > 1'],
  ['order', 'rows are put in order by a command of its own: | sort field desc'],
  ['from', 'log groups are chosen beside the query, or by SOURCE as its first command'],
])

/** `index=main`: a condition where a command should stand. */
export const foreignOption = `${matched}, or by a field: filter field = "value"`

export const foreignNegation = '"not" stands before like and in: field not like "text"'

/** How a name is written that holds other characters than letters, digits and "_". */
export function backtickHint(name: string): string {
  return `such a name stands in backticks: \`${name}\``
}

/** By the word that stands before one that ends a command too early. */
export const foreignBeginnings: ReadonlyMap<string, string> = new Map([
  ['distinct', `${kept}; ${different}`],
  ['null', present],
])

/** By the name of a function. */
export const foreignFunctions: ReadonlyMap<string, string> = mapOf([
  ['dc distinct distinct_count count_unique approx_distinct approx_count_distinct uniq unique nunique', different],
  ['median', 'the median is pct(field, 50)'],
  [
    'percentile perc quantile percentile_cont approx_percentile approx_quantile',
    'a percentile is written pct(field, 95)',
  ],
  ['mean average', 'the mean is avg(field)'],
  ['stdev std stddev_pop stddev_samp', 'the standard deviation is stddev(field)'],
  ['var var_pop var_samp', 'the variance is variance(field)'],
  ['countif count_if sumif sum_if', 'conditions are 1 or 0: sum(status >= 500), or sum(if(condition, value, 0))'],
  ['list make_list make_set array_agg collect_list string_agg group_concat', 'the values of a group are values(field)'],
  ['first first_value arg_min min_by any any_value', 'the value of the first event is earliest(field)'],
  ['last last_value arg_max max_by', 'the value of the last event is latest(field)'],
  ['top topn', 'the most frequent values are topk(10, field)'],
  ['lag lead delta', 'values of the rows before are given by the command autoregress'],
  ['len length char_length size', 'the length of a text is strlen(field), in bytes messageSize(field)'],
  ['lower lcase lowercase', 'lower case is tolower(field)'],
  ['upper ucase uppercase', 'upper case is toupper(field)'],
  ['substring mid left right', 'a part of a text is substr(field, 0, 5), counted from 0'],
  ['contains includes instr indexof position locate', found],
  ['match matches regex regexp regexp_like regexp_match rlike', tried],
  ['regexp_extract regexp_substr extract', taken],
  ['regexp_replace gsub', 'matches are replaced by regexReplace(field, "a+", "b")'],
  ['isnull is_null isnotnull is_not_null notnull exists isdefined', present],
  ['ifnull nvl', 'the first value that is there is coalesce(field, 0)'],
  [
    'iff iif when switch decode',
    'one of two values is if(condition, then, else), one of many case(condition, value, ...)',
  ],
  ['cast convert try_cast', converted],
  ['int integer bigint', 'whole numbers are toInt(field) and toLong(field)'],
  ['float double number numeric', 'a number is toDouble(field)'],
  ['str string tostring varchar', 'values need no conversion to texts; concat(field) is one'],
  ['pow power', 'a power is written a ^ b'],
  ['mod', 'a remainder is written a % b'],
  ['ln', 'the natural logarithm is log(a)'],
  ['log10 log2', 'log(a) is natural: log(a) / log(10)'],
  ['ceiling', 'upwards rounds ceil(a)'],
  ['trunc truncate', 'towards zero rounds toInt(a)'],
  [
    'time date_trunc time_bucket timebucket time_slice date_bin bucket',
    'times are rounded by bin(5m) or datefloor(time, 1h)',
  ],
  [
    'to_timestamp todatetime strptime parse_date str_to_date date_parse',
    'times are read by parseDate(field, "yyyy-MM-dd HH:mm:ss")',
  ],
  ['date_format format_date format_datetime to_char year month day hour minute dayofweek weekday date', printed],
  ['unix_timestamp epoch to_unixtime', 'the milliseconds of a time are toMillis(@timestamp)'],
  ['from_unixtime to_datetime', 'the time of milliseconds is fromMillis(field)'],
  [
    'ago date_add date_sub dateadd datediff',
    'the time range is chosen beside the query; times are compared by toMillis(@timestamp)',
  ],
  ['current_timestamp sysdate getdate', 'now() gives epoch seconds'],
  [
    'json_extract json_value get_json_object spath parse_json',
    'fields of JSON are named by path: user.id; the JSON in a text is jsonParse(field)',
  ],
  ['array_length json_array_length mvcount', 'the length of an array is jsonArraySize(field)'],
  ['array_contains has', 'a value in an array is found by jsonArrayContains(field, value)'],
  ['cidrmatch cidr_match ipv4_is_in_range', 'a block of addresses is asked for by isIpInSubnet(field, "10.0.0.0/8")'],
])

/** By what stands in a call where `,` or `)` should: `cast(v as int)`. */
export const foreignArguments: ReadonlyMap<string, string> = new Map([
  ['as', converted],
  ['then', 'if(condition, then, else) separates its parts by ","'],
])

const straight = 'a text stands in straight quotes: "text"'
const pattern = 'filter patterns are for the command search; here it is filter level = "ERROR"'

/** By two characters that are no operator of the language. */
export const foreignOperators: ReadonlyMap<string, string> = new Map([
  ['==', 'equality is written with one "="'],
  ['<>', 'inequality is written "!="'],
  ['&&', 'conditions are joined by "and"'],
  ['||', 'conditions are joined by "or", commands separated by one "|"'],
  ['!~', 'a regular expression is negated by "not like /…/"'],
  ['**', 'a power is written "^"'],
  ['::', converted],
  ['{{', 'a parameter of a saved query needs a value in its place'],
  ['$.', pattern],
])

/** By a character that has no meaning in the language. */
export const foreignCharacters: ReadonlyMap<string, string> = new Map([
  ...[...'“”„«»‘’‚´'].map(quote => [quote, straight] as const),
  [';', 'nothing ends a query; commands are separated by "|"'],
  [
    '\\',
    'a backslash stands in texts and regular expressions only; a group in the replacement of regexReplace is "\\1"',
  ],
  ['&', 'conditions are joined by "and"'],
  ['~', 'a regular expression is tried by =~ /text/'],
  ['?', `one of two values is if(condition, then, else); ${pattern}`],
  ['$', 'a saved query is called by name only where it is saved'],
])

function mapOf(lines: readonly (readonly [string, string])[]): ReadonlyMap<string, string> {
  return new Map(lines.flatMap(([words, hint]) => words.split(' ').map(word => [word, hint] as const)))
}

/** How `p95(x)` is said; null for any other name of a function. */
export function percentileHint(name: string): string | null {
  const [, percent] = /^(?:p|perc|percentile)_?(\d{1,2}(?:\.\d{1,3})?)$/i.exec(name) ?? []
  return percent === undefined ? null : `a percentile is written pct(x, ${percent})`
}
