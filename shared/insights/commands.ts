/** Every command of Logs Insights QL, for messages, completion and help. */
export interface CommandEntry {
  readonly name: string
  readonly syntax: string
  readonly description: string
  readonly example: string
}

export const commands: readonly CommandEntry[] = [
  {
    name: 'fields',
    syntax: 'fields <expr> [as <alias>][, ...]',
    description:
      'Chooses the columns of the result and defines new ones from expressions; several fields commands add up.',
    example: 'fields @timestamp, bytes / 1024 as kb',
  },
  {
    name: 'display',
    syntax: 'display <expr> [as <alias>][, ...]',
    description: 'Sets exactly the columns to return; only the last display of a query counts.',
    example: 'display loggingMessage, level = "ERROR" as isError',
  },
  {
    name: 'filter',
    syntax: 'filter <condition>',
    description: 'Keeps the events for which the condition is true.',
    example: 'filter status >= 500 and path like /orders/',
  },
  {
    name: 'where',
    syntax: 'where <condition>',
    description: 'Another spelling of filter.',
    example: 'where @message like /error/',
  },
  {
    name: 'filterIndex',
    syntax: 'filterIndex <indexedField> = <value> | filterIndex <indexedField> in [<value>, ...]',
    description: 'Like an equality filter, but scans only log groups and events that the field index says can match.',
    example: 'filterIndex requestId = "req-1"',
  },
  {
    name: 'SOURCE',
    syntax:
      "SOURCE logGroups([namePrefix: ['p', ...]][, accountIdentifier: ['id', ...]][, class: ['STANDARD'|'INFREQUENT_ACCESS']]) | SOURCE dataSource(['name.type', ...]) | SOURCE logGroupTags([{\"key\":\"k\",\"values\":[\"v\"]}])",
    description:
      'First command of an API query: picks the log groups or data sources. Inside subqueries, join and appendcols also accepts a quoted log group name.',
    example: "SOURCE logGroups(namePrefix: ['/aws/lambda/']) | stats count(*) by @log",
  },
  {
    name: 'stats',
    syntax: 'stats <aggregate> [as <alias>][, ...] [by <expr> [as <alias>][, ...]]',
    description: 'Aggregates events, optionally per group; the result has only the aggregates and the group keys.',
    example: 'stats count(*) as n, avg(@duration) by bin(5m)',
  },
  {
    name: 'sort',
    syntax: 'sort [by] <expr> [asc|desc][, ...]',
    description: 'Orders rows by one or more keys with natural ordering (strings before numbers when ascending).',
    example: 'sort n desc',
  },
  {
    name: 'limit',
    syntax: 'limit <n> | limit any <n>',
    description:
      'Caps the number of rows (default 10,000, at most 100,000). limit any stops scanning at the first n matches, in no particular order.',
    example: 'sort @timestamp desc | limit 20',
  },
  {
    name: 'dedup',
    syntax: 'dedup <field>[, ...]',
    description:
      'Keeps the first row per combination of values in the current order; rows with a missing value are all kept. Only limit may follow.',
    example: 'sort @timestamp desc | dedup server',
  },
  {
    name: 'parse',
    syntax:
      'parse [<field>] "<glob with *>" as <alias>[, ...] | parse [<field>] /<regex with (?<name>..)>/ [as <alias>] [multi] | parse [<field>] logfmt as <map> | parse [<field>] csv as <alias>[, ...]',
    description:
      'Extracts new fields from text with wildcards, a regular expression, logfmt or CSV; the field defaults to @message.',
    example: 'parse @message "user=*, latency := *" as user, latency',
  },
  {
    name: 'json',
    syntax: 'json field=<field> "<key.path>" as <alias>',
    description: 'Takes one nested value out of a JSON-valued field.',
    example: 'json field=payload "user.name" as username',
  },
  {
    name: 'unnest',
    syntax: 'unnest <list> into <alias>',
    description: 'Makes one row per element of a list that came from jsonParse; anything else counts as a list of one.',
    example: 'fields jsonParse(@message) as j | unnest j.events into ev | display ev.name',
  },
  {
    name: 'expand',
    syntax: 'expand <field>',
    description: 'Makes one row per element of a JSON array field, keeping the field name.',
    example: 'expand items | stats count(*) by items',
  },
  {
    name: 'pattern',
    syntax: 'pattern <field>',
    description: 'Groups similar texts into patterns with counts, ratio and severity. Not after sort.',
    example: 'filter @message like /ERROR/ | pattern @message',
  },
  {
    name: 'diff',
    syntax: 'diff [previousDay|previousWeek|previousMonth]',
    description:
      'Compares patterns with the preceding period of the same length, or with the same period a day, week or month earlier.',
    example: 'pattern @message | diff previousDay',
  },
  {
    name: 'anomaly',
    syntax: 'anomaly',
    description: 'Marks unusual patterns in the output of pattern.',
    example: 'pattern @message | anomaly',
  },
  {
    name: 'relevantfields',
    syntax: 'relevantfields [<field>, ...] where <condition>',
    description: 'Ranks the fields whose values differ most between matching and non-matching events.',
    example: 'relevantfields where Time > 400',
  },
  {
    name: 'logcompare',
    syntax: 'logcompare timeshift <duration>',
    description: 'Compares the current window with the same window shifted back.',
    example: 'logcompare timeshift 7d',
  },
  {
    name: 'join',
    syntax:
      "join [type=inner|left] left=<alias> right=<alias> where <alias>.<field> = <alias>.<field> (SOURCE '<log group>')",
    description:
      'Combines each event with matching events of another log group; fields are then addressed with the two aliases. One join per query, equality only.',
    example: "join type=left left=o right=p where o.id = p.id (SOURCE '/aws/lambda/pay') | fields o.id, p.status",
  },
  {
    name: 'lookup',
    syntax: 'lookup <table> <column> [as <field>][, ...] OUTPUT|OUTPUTNEW <column>[, ...]',
    description:
      'Adds columns of an uploaded lookup table to rows whose fields match exactly; OUTPUT overwrites, OUTPUTNEW only fills gaps.',
    example: 'lookup user_data id OUTPUT name, email',
  },
  {
    name: 'cidrlookup',
    syntax: 'cidrlookup <table> <ipField> [AS <cidrColumn>] OUTPUT|OUTPUTNEW <column> [AS <field>][, ...]',
    description: 'Lookup by CIDR range instead of equality.',
    example: 'cidrlookup net_table srcAddr OUTPUT region, owner',
  },
  {
    name: 'appendcols',
    syntax: 'appendcols [override=true|false] [max=<n>] ( <subquery> )',
    description: 'Puts the columns of a subquery beside the current rows, row by row.',
    example: "stats count(*) as n by svc | appendcols (SOURCE 'lg' | stats avg(ms) as a by svc)",
  },
  {
    name: 'addtotals',
    syntax: 'addtotals [fieldname=<name>] [row=true|false] [col=true|false] [<field>, ...]',
    description: 'Adds a per-row total column (default name Total) and, with col=true, a summary row.',
    example: 'fields price, tax | addtotals',
  },
  {
    name: 'accum',
    syntax: 'accum <field> [AS <alias>]',
    description: 'Running total of a numeric field in row order.',
    example: 'sort @timestamp asc | accum bytes AS total',
  },
  {
    name: 'autoregress',
    syntax: 'autoregress <field> [AS <alias>] [p=<n>[-<m>]]',
    description: 'Copies of a field from previous rows (lag); p=1-4 makes field_p1 to field_p4.',
    example: 'sort @timestamp asc | autoregress bytes p=1-4',
  },
  {
    name: 'filldown',
    syntax: 'filldown [<field or pattern> ...]',
    description: 'Replaces missing values with the last value seen above; * patterns allowed.',
    example: 'filldown host cpu*',
  },
  {
    name: 'fillmissing',
    syntax: 'fillmissing [with <value> for <field>[, ...]]',
    description: 'Inserts rows for empty bins after stats ... by bin().',
    example: 'stats count(*) as n by bin(1m) | fillmissing with 0 for n',
  },
  {
    name: 'sessionize',
    syntax: 'sessionize <field>[, ...] [maxspan <duration>] [AS <alias>]',
    description: 'Numbers sessions per identity, split after a gap (default 30m); output session_id.',
    example: 'sessionize userId maxspan 1h',
  },
  {
    name: 'outlier',
    syntax: 'outlier [action=remove|transform] [param=<n>] [uselower=true|false] [mark=true|false] <field> ...',
    description: 'Finds interquartile-range outliers and clamps (default) or drops them.',
    example: 'outlier action=remove param=3.0 cpu',
  },
  {
    name: 'countFrequent',
    syntax: 'countFrequent <field>[, ...]',
    description: 'Approximate count per value combination in _approxcount, largest first.',
    example: 'countFrequent method, status',
  },
  {
    name: 'estimate',
    syntax: '... | estimate',
    description: 'Last command: returns the estimated bytes to scan without running the query.',
    example: 'filter @message like /error/ | estimate',
  },
]
