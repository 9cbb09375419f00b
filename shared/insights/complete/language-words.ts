/**
 * What the words and signs of the language mean that are neither commands nor functions nor fields, for help. Some mean
 * something else in some commands: those entries name the commands.
 */
export interface LanguageWord {
  readonly kind: 'keyword' | 'operator'
  /** As completion offers it: `as`, `not like`, `type=`, `namePrefix:`. */
  readonly name: string
  /** In lower case; in any command where left out. */
  readonly commands?: readonly string[]
  readonly syntax: string
  readonly description: string
  /** A query that has it. */
  readonly example: string
}

/** Words and signs that mean the same in every command. */
function everywhere(kind: LanguageWord['kind'], entries: Readonly<Record<string, Explained>>): readonly LanguageWord[] {
  return Object.entries(entries).map(([name, [syntax, description, example]]) => {
    return { kind, name, syntax, description, example }
  })
}

type Explained = readonly [syntax: string, description: string, example: string]

function within(commands: readonly string[], entries: Readonly<Record<string, Explained>>): readonly LanguageWord[] {
  return everywhere('keyword', entries).map(one => ({ ...one, commands }))
}

const switched = (option: string) => `${option}=true|false`

/** Source: Amazon CloudWatch Logs User Guide, the pages of the commands and "Supported operations and functions". */
export const languageWords: readonly LanguageWord[] = [
  ...within(['parse'], {
    as: [
      'parse … as <name>[, ...]',
      'Names what is extracted, in order: each * of the pattern, each unnamed group, or each column.',
      'parse @message "user=* took *" as user, took',
    ],
    multi: [
      'parse <field> /<regex>/ multi',
      'A row for each match of the expression; without it the first match alone counts.',
      'parse @message /(?<word>[a-z]+)/ multi | stats count(*) by word',
    ],
    logfmt: [
      'parse [<field>] logfmt as <name>',
      'Reads key=value pairs into a map; its values are <name>.<key>.',
      'parse @message logfmt as entry | filter entry.level = "error"',
    ],
    csv: [
      'parse [<field>] csv as <name>[, ...]',
      'Reads one line of comma-separated values; the names are given to the columns in order.',
      'parse @message csv as host, method, status',
    ],
  }),
  ...within(['lookup'], {
    as: [
      '<column> as <field>',
      'Compares the column of the table with this field; without it, with the field of the same name.',
      'lookup users id as userId OUTPUT name',
    ],
  }),
  ...within(['cidrlookup'], {
    as: [
      '<field> as <column> OUTPUT <column> as <name>',
      'Before OUTPUT the column of the table that has the ranges; behind it another name for a column.',
      'cidrlookup nets srcAddr as cidr OUTPUT region as zone',
    ],
  }),
  ...within(['lookup', 'cidrlookup'], {
    OUTPUT: [
      'OUTPUT <column>[, ...]',
      'The columns of the table that are added; they replace fields of the same name.',
      'lookup users id OUTPUT name, email',
    ],
    OUTPUTNEW: [
      'OUTPUTNEW <column>[, ...]',
      'The columns of the table that are added where the row has no value of that name.',
      'lookup users id OUTPUTNEW name',
    ],
  }),
  ...within(['stats'], {
    by: [
      'stats <aggregate>[, ...] by <expr>[, ...]',
      'A row for each combination of values of what follows; bin() makes one for each period. One row of all without it.',
      'stats count(*) as n by @log, bin(5m)',
    ],
    offset: [
      'by bin(<period>) offset <period>',
      'Counts each event in the bin of the time that is so much later, so that an earlier hour lies over the present one.',
      'stats count(*) by bin(5m) offset 1h',
    ],
  }),
  ...within(['sort', 'order'], {
    by: ['sort by <expr>', 'May stand before the first key, and changes nothing.', 'sort by @timestamp desc'],
    asc: [
      '<expr> asc',
      'Smallest first, texts before numbers; this is the order where none is written.',
      'sort status asc',
    ],
    desc: [
      '<expr> desc',
      'Largest first: the exact reverse of asc. Of @timestamp, the newest first.',
      'sort @timestamp desc | limit 20',
    ],
  }),
  ...within(['limit', 'head'], {
    any: [
      'limit any <n>',
      'Stops at the first n rows that are found, in no particular order: the quickest way to see some.',
      'filter @message like /error/ | limit any 10',
    ],
  }),
  ...within(['unnest'], {
    into: [
      'unnest <list> into <name>',
      'Names the field that holds one element of the list in each row.',
      'fields jsonParse(@message) as j | unnest j.items into item | display item.id',
    ],
  }),
  ...within(['json'], {
    'field=': [
      'json field=<field> "<key.path>" as <name>',
      'The field whose JSON is looked into.',
      'json field=payload "user.name" as username',
    ],
  }),
  ...within(['join'], {
    'type=': [
      'join type=inner|left left=… right=…',
      'Which events of the left side are kept: with inner those that match, with left all. inner where it is left out.',
      "join type=left left=o right=p where o.id = p.id (SOURCE 'payments')",
    ],
    inner: [
      'join type=inner left=… right=…',
      'Keeps the events of the left side that have a match.',
      "join type=inner left=o right=p where o.id = p.id (SOURCE 'payments')",
    ],
    left: [
      'join type=left left=… right=…',
      'Keeps all events of the left side; the fields of the right side are absent where nothing matches.',
      "join type=left left=o right=p where o.id = p.id (SOURCE 'payments')",
    ],
    'left=': [
      'join left=<alias> right=<alias> where …',
      'What the events before the command are called in the condition and afterwards.',
      "join left=o right=p where o.id = p.id (SOURCE 'payments') | fields o.id",
    ],
    'right=': [
      'join left=<alias> right=<alias> where …',
      'What the events of the query in the parentheses are called in the condition and afterwards.',
      "join left=o right=p where o.id = p.id (SOURCE 'payments') | fields p.status",
    ],
    where: [
      'where <alias>.<field> = <alias>.<field>',
      'Which events match: a field of each side, for equality only.',
      "join left=o right=p where o.id = p.id (SOURCE 'payments')",
    ],
  }),
  ...within(['relevantfields'], {
    where: [
      'relevantfields [<field>, ...] where <condition>',
      'Which events are compared with all others.',
      'relevantfields where status >= 500',
    ],
  }),
  ...within(['diff'], {
    previousDay: [
      'diff previousDay',
      'Compares with the same time of the day before.',
      'pattern @message | diff previousDay',
    ],
    previousWeek: [
      'diff previousWeek',
      'Compares with the same time a week ago.',
      'pattern @message | diff previousWeek',
    ],
    previousMonth: [
      'diff previousMonth',
      'Compares with the same time a month ago.',
      'pattern @message | diff previousMonth',
    ],
  }),
  ...within(['logcompare'], {
    timeshift: ['logcompare timeshift <period>', 'How long ago the other window is.', 'logcompare timeshift 7d'],
  }),
  ...within(['sessionize'], {
    maxspan: [
      'sessionize <field>[, ...] maxspan <period>',
      'A session ends when so much time passes without an event; 30m where it is left out.',
      'sessionize userId maxspan 1h',
    ],
  }),
  ...within(['fillmissing'], {
    with: [
      'fillmissing with <value> for <field>[, ...]',
      'The value that a field gets in rows that are put in for empty bins.',
      'stats count(*) as n by bin(1m) | fillmissing with 0 for n',
    ],
    for: [
      'fillmissing with <value> for <field>[, ...]',
      'The field that gets the value before it.',
      'stats count(*) as n by bin(1m) | fillmissing with 0 for n',
    ],
  }),
  ...within(['appendcols'], {
    'override=': [
      switched('override'),
      'With true, columns of the query in the parentheses replace those of the same name; false where it is left out.',
      "stats count(*) as n by svc | appendcols override=true (SOURCE 'a' | stats count(*) as n by svc)",
    ],
    'max=': [
      'max=<n>',
      'How many rows of the query in the parentheses are used: 1 to 100000, 10000 where it is left out.',
      "stats count(*) as n by svc | appendcols max=50 (SOURCE 'a' | stats avg(ms) by svc)",
    ],
  }),
  ...within(['addtotals'], {
    'fieldname=': [
      'fieldname=<name>',
      'What the column of totals is called; Total where it is left out.',
      'fields price, tax | addtotals fieldname=gross',
    ],
    'row=': [
      switched('row'),
      'Whether each row gets a total; true where it is left out.',
      'stats sum(bytes) as b by host | addtotals row=false col=true',
    ],
    'col=': [
      switched('col'),
      'Whether a last row has the sums of the columns; false where it is left out.',
      'stats sum(bytes) as b by host | addtotals col=true',
    ],
  }),
  ...within(['autoregress'], {
    'p=': [
      'p=<n>[-<m>]',
      'How many rows back: p=1-4 makes four fields, one of each of the four rows before. 1 where it is left out.',
      'sort @timestamp asc | autoregress bytes p=1-4',
    ],
  }),
  ...within(['outlier'], {
    'action=': [
      'action=remove|transform',
      'What is done with outliers; transform where it is left out.',
      'outlier action=remove ms',
    ],
    remove: ['action=remove', 'Rows with an outlier are left out.', 'outlier action=remove ms'],
    transform: ['action=transform', 'Outliers become the bound that they are beyond.', 'outlier action=transform ms'],
    'param=': [
      'param=<n>',
      'How many interquartile ranges beyond the quartiles an outlier is; 2.5 where it is left out.',
      'outlier param=3.0 ms',
    ],
    'uselower=': [
      switched('uselower'),
      'Whether small values can be outliers, too; false where it is left out.',
      'outlier uselower=true ms',
    ],
    'mark=': [
      switched('mark'),
      'Adds <field>_outlier, which tells outliers; false where it is left out.',
      'outlier mark=true ms',
    ],
  }),
  ...within(['source'], {
    'logGroups(': [
      "SOURCE logGroups(namePrefix: ['<prefix>', ...][, accountIdentifier: [...]][, class: [...]])",
      'The log groups of which the query reads events.',
      "SOURCE logGroups(namePrefix: ['/aws/lambda/']) | stats count(*) by @log",
    ],
    'dataSource(': [
      "SOURCE dataSource(['<name>.<type>', ...])",
      'Reads events of these data sources, such as amazon_vpc.flow, whatever their log group.',
      "SOURCE dataSource(['amazon_vpc.flow']) | stats sum(bytes) by dstAddr",
    ],
    'logGroupTags(': [
      'SOURCE logGroupTags([{"key": "<tag>", "values": ["<value>", ...]}])',
      'Log groups by their tags; the lake does not know them, so that this is refused.',
      'SOURCE logGroupTags([{"key": "team", "values": ["shop"]}]) | stats count(*)',
    ],
    'namePrefix:': [
      "namePrefix: ['<prefix>', ...]",
      'Log groups whose names begin so; up to five.',
      "SOURCE logGroups(namePrefix: ['/aws/lambda/']) | stats count(*) by @log",
    ],
    'accountIdentifier:': [
      "accountIdentifier: ['<account>', ...]",
      'Log groups of these accounts; up to twenty.',
      "SOURCE logGroups(accountIdentifier: ['123456789012']) | stats count(*) by @log",
    ],
    'class:': [
      "class: ['STANDARD']",
      'Log groups of this class; the lake holds those of the class STANDARD alone.',
      "SOURCE logGroups(namePrefix: ['/ecs/'], class: ['STANDARD']) | stats count(*)",
    ],
  }),
  ...everywhere('keyword', {
    as: [
      '<expr> as <name>',
      'Names what is made; commands that follow use the name.',
      'fields bytes / 1024 as kb | filter kb > 10',
    ],
    true: ['true', 'A condition that holds, as a value: 1.', 'filter cold_start = true'],
    false: ['false', 'A condition that does not hold, as a value: 0.', 'filter cold_start = false'],
  }),
  ...everywhere('operator', {
    and: [
      '<condition> and <condition>',
      'True if both are; it binds more tightly than or.',
      'filter status >= 400 and status < 500',
    ],
    or: [
      '<condition> or <condition>',
      'True if one of the two is; and goes before it.',
      'filter level = "ERROR" or status >= 500',
    ],
    not: ['not <condition>', 'True if the whole comparison that follows is not.', 'filter not ispresent(errorCode)'],
    like: [
      '<expr> like "<text>" | /<regex>/',
      'True if the text is found in the value, case and all, or the expression matches a part of it; % and * stand for themselves.',
      'filter @message like /(?i)timed out/',
    ],
    'not like': [
      '<expr> not like "<text>" | /<regex>/',
      'True if the text, or a match of the expression, is not found in the value, and where there is no value.',
      'filter @message not like "healthcheck"',
    ],
    '=~': [
      '<expr> =~ /<regex>/',
      'True if the regular expression matches a part of the value; the same as like /…/.',
      'filter path =~ /^.api/',
    ],
    in: [
      '<expr> in [<value>, ...] | (<query>)',
      'True if the value equals one of the list, or one of the rows of a query, which names one field.',
      'filter status in [502, 503, 504]',
    ],
    'not in': [
      '<expr> not in [<value>, ...] | (<query>)',
      'True if the value equals none of the list, and where there is no value.',
      'filter level not in ["DEBUG", "TRACE"]',
    ],
    '=': [
      '<expr> = <expr>',
      'True if both are equal: as numbers if both can be read as such, else as texts with case. False where a field is absent.',
      'filter status = 404',
    ],
    '!=': ['<expr> != <expr>', 'True if the two differ, and where a field is absent.', 'filter action != "ACCEPT"'],
    '<': [
      '<expr> < <expr>',
      'Less, as numbers, or two texts by code point. False for a number and a text, and for absent fields.',
      'filter @duration < 100',
    ],
    '<=': ['<expr> <= <expr>', 'Less or equal, as numbers, or two texts by code point.', 'filter @duration <= 100'],
    '>': [
      '<expr> > <expr>',
      'Greater, as numbers, or two texts by code point. False for a number and a text, and for absent fields.',
      'filter @duration > 1000',
    ],
    '>=': ['<expr> >= <expr>', 'Greater or equal, as numbers, or two texts by code point.', 'filter status >= 500'],
    '!': [
      '!<condition>',
      'True if what follows is not; it stands before a function or a value, as not does before a comparison.',
      'filter !ispresent(errorCode)',
    ],
    '+': [
      '<expr> + <expr>',
      'Sum of two numbers; absent if one of them is no number. Texts are joined by concat().',
      'fields @duration + @initDuration as total',
    ],
    '-': [
      '<expr> - <expr>',
      'Difference of two numbers, or the negative of the one that follows. A name with a dash in it stands in backticks.',
      'fields endTime - startTime as seconds',
    ],
    '*': [
      '<expr> * <expr>',
      'Product of two numbers; absent if one of them is no number.',
      'fields @billedDuration * @memorySize as byteMs',
    ],
    '/': [
      '<expr> / <expr>',
      'Quotient of two numbers, with its fraction; absent if the second is 0.',
      'stats sum(bytes) / 1024 / 1024 as mb',
    ],
    '%': [
      '<expr> % <expr>',
      'What is left over when two numbers are divided, with the sign of the first.',
      'filter id % 100 = 0',
    ],
    '^': ['<expr> ^ <expr>', 'The first number to the power of the second.', 'fields 2 ^ attempt as backoff'],
    '/…/': [
      '/<regex>/',
      'A regular expression as of RE2, searched anywhere in the value; / is written \\/, and (?i) at its beginning ignores case.',
      'filter @message like /(?i)error|failed/',
    ],
    'count(*)': ['count(*)', 'All events, or rows, whatever fields they have.', 'stats count(*) as n by bin(5m)'],
    '<name>*': ['filldown <name>*', 'Any fields whose names fit: * stands for any characters.', 'filldown cpu*'],
    '|': [
      '<command> | <command>',
      'Hands the events, or rows, of one command to the next.',
      'filter level = "ERROR" | stats count(*) by bin(5m)',
    ],
    ',': ['<one>, <other>', 'Stands between two fields, keys, values or arguments.', 'fields @timestamp, @message'],
    '(': [
      '( … )',
      'Encloses the arguments of a function, a condition that is decided first, or a query within the query.',
      'filter (status = 404 or status = 410) and method = "GET"',
    ],
    '[': [
      '[<value>, ...] | <list>[<n>]',
      'Encloses the values of a list, or the position of one in a list, counted from 0.',
      'filter status in [502, 503]',
    ],
    '{': [
      '{{<name>}}',
      'Stands for the value of a parameter, in a saved query; in SOURCE logGroupTags it encloses a tag.',
      'filter @duration > {{ms}}',
    ],
    ':': [
      '<name>: <value>',
      'Stands between an option of SOURCE, or the key of a tag, and the value.',
      'SOURCE logGroupTags([{"key": "team", "values": ["shop"]}]) | stats count(*)',
    ],
    '#': ['# <comment>', 'The rest of the line is for readers alone.', 'filter status >= 500 # ours, not theirs'],
  }),
]
