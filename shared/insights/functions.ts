/**
 * Every function of Logs Insights QL: what it takes and gives, for checks, completion and help. Aggregates stand only in
 * `stats`. A new function is a line here, one in `../sql/functions.ts`, and a case.
 */
export interface FunctionEntry {
  readonly name: string
  readonly aliases: readonly string[]
  readonly signature: string
  readonly description: string
  readonly kind: 'scalar' | 'aggregate'
  /** How many arguments, at least and at most; no bound where it is null. */
  readonly arity: readonly [number, number | null]
}

function scalar(signature: string, arity: FunctionEntry['arity'], description: string, aliases: string[] = []) {
  return entry('scalar', signature, arity, description, aliases)
}

function aggregate(signature: string, arity: FunctionEntry['arity'], description: string, aliases: string[] = []) {
  return entry('aggregate', signature, arity, description, aliases)
}

function entry(
  kind: FunctionEntry['kind'],
  signature: string,
  arity: FunctionEntry['arity'],
  description: string,
  aliases: readonly string[],
): FunctionEntry {
  return { name: signature.slice(0, signature.indexOf('(')), aliases, signature, description, kind, arity }
}

export const functions: readonly FunctionEntry[] = [
  scalar('abs(a)', [1, 1], 'Absolute value.'),
  scalar('ceil(a)', [1, 1], 'Smallest integer not below a.'),
  scalar('floor(a)', [1, 1], 'Largest integer not above a.'),
  scalar('greatest(a, b, ...)', [1, null], 'Largest argument (missing arguments appear to be skipped).'),
  scalar('least(a, b, ...)', [1, null], 'Smallest argument.'),
  scalar('log(a)', [1, 1], 'Natural logarithm.'),
  scalar('sqrt(a)', [1, 1], 'Square root.'),
  scalar('round(a[, digits])', [1, 2], 'Rounds to an integer or to a number of decimals.'),
  scalar(
    'haversine(lat1, lon1, lat2, lon2)',
    [4, 4],
    'Great-circle distance in kilometres between two points in degrees.',
  ),
  scalar('toNumber(s)', [1, 1], 'Text to number.'),
  scalar('toInt(x)', [1, 1], 'To a 32-bit integer.'),
  scalar('toLong(x)', [1, 1], 'To a 64-bit integer.'),
  scalar('toDouble(x)', [1, 1], 'To a floating-point number.'),
  scalar('bin(period)', [1, 1], '@timestamp rounded down to a multiple of the period.'),
  scalar('datefloor(timestamp, period)', [2, 2], 'Rounds a timestamp down to the period.'),
  scalar('dateceil(timestamp, period)', [2, 2], 'Rounds a timestamp up to the period.'),
  scalar('fromMillis(ms)', [1, 1], 'Epoch milliseconds to timestamp.'),
  scalar('toMillis(timestamp)', [1, 1], 'Timestamp to epoch milliseconds.'),
  scalar('now()', [0, 0], 'Start time of query processing in epoch seconds.'),
  scalar('parseDate(s, format[, timezone])', [2, 3], 'Parses text with a Java date pattern to epoch milliseconds.'),
  scalar('formatDate(timestamp, format[, timezone])', [2, 3], 'Formats a timestamp with strftime codes.', ['strftime']),
  scalar('ispresent(field)', [1, 1], '1 if the event has the field.'),
  scalar('coalesce(a, b, ...)', [1, null], 'First argument that is not missing.'),
  scalar('case(cond1, value1, ..., [default])', [2, 21], 'Value of the first true condition; up to 10 branches.'),
  scalar('if(condition, then, else)', [3, 3], 'One of two values.'),
  scalar('isNumeric(x)', [1, 1], '1 if the value can be read as a number.'),
  scalar('messageSize(x)', [1, 1], 'Length in bytes.'),
  scalar('queryStartTime()', [0, 0], 'Start of the query window, epoch milliseconds.'),
  scalar('queryEndTime()', [0, 0], 'End of the query window, epoch milliseconds.'),
  scalar('queryTimeRange()', [0, 0], 'Length of the query window in milliseconds.'),
  scalar('jsonParse(s)', [1, 1], 'JSON text to a map or list; access with .key and [index].'),
  scalar('jsonStringify(m)', [1, 1], 'Map or list to JSON text.'),
  scalar('jsonArraySize(s)', [1, 1], 'Number of elements of a JSON array text.'),
  scalar('jsonArrayContains(s, value)', [2, 2], '1 if the JSON array has the value (case-sensitive).'),
  scalar('isValidIp(x)', [1, 1], '1 for a valid IPv4 or IPv6 address.'),
  scalar('isValidIpV4(x)', [1, 1], '1 for a valid IPv4 address.'),
  scalar('isValidIpV6(x)', [1, 1], '1 for a valid IPv6 address.'),
  scalar('isIpInSubnet(x, cidr)', [2, 2], '1 if the address lies in the v4 or v6 subnet.'),
  scalar('isIpv4InSubnet(x, cidr)', [2, 2], '1 if the IPv4 address lies in the subnet.'),
  scalar('isIpv6InSubnet(x, cidr)', [2, 2], '1 if the IPv6 address lies in the subnet.'),
  scalar('ipv4ToNumber(x)', [1, 1], 'IPv4 address as a number.'),
  scalar('isPrivateIP(x)', [1, 1], '1 for RFC 1918 addresses.'),
  scalar('isPublicIP(x)', [1, 1], '1 for publicly routable addresses.'),
  scalar('isReservedIP(x)', [1, 1], '1 for reserved ranges.'),
  scalar('isempty(x)', [1, 1], '1 if missing or "".'),
  scalar('isblank(x)', [1, 1], '1 if missing, "" or only white space.'),
  scalar('concat(a, b, ...)', [1, 400], 'Joins texts.'),
  scalar('ltrim(s[, chars])', [1, 2], 'Removes white space, or the given characters, on the left.'),
  scalar('rtrim(s[, chars])', [1, 2], 'Removes white space, or the given characters, on the right.'),
  scalar('trim(s[, chars])', [1, 2], 'Removes white space, or the given characters, on both sides.'),
  scalar('strlen(s)', [1, 1], 'Length in Unicode code points.'),
  scalar('toupper(s)', [1, 1], 'Upper case.'),
  scalar('tolower(s)', [1, 1], 'Lower case.'),
  scalar('substr(s, start[, length])', [2, 3], 'Part of a text; start counts from 0.'),
  scalar('replace(s, search, replacement)', [3, 3], 'Replaces every literal occurrence.'),
  scalar('regexReplace(s, pattern, replacement)', [3, 3], 'Replaces every RE2 match.', ['regex_replace']),
  scalar('strcontains(s, search[, caseInsensitive])', [2, 3], '1 if s contains search, else 0.'),
  scalar('startsWith(s, prefix)', [2, 2], '1 if s begins with prefix, else 0.'),
  scalar('endsWith(s, suffix)', [2, 2], '1 if s ends with suffix, else 0.'),
  scalar('urlencode(s)', [1, 1], 'Percent-encodes.'),
  scalar('urldecode(s)', [1, 1], 'Decodes percent-encoding.'),
  scalar('base64encode(s)', [1, 1], 'Base64 of the text.'),
  scalar('base64decode(s)', [1, 1], 'Text of a Base64 string.'),
  scalar('split(s, delimiter)', [2, 2], 'Splits into an array.'),
  scalar('hexToAscii(s)', [1, 1], 'Hex digits to ASCII text.'),
  scalar('hexToDec(s)', [1, 1], 'Hex text (0x optional) to a number.'),
  scalar('decToHex(n)', [1, 1], 'Integer to lower-case hex with 0x.'),
  scalar('unmask(field)', [1, 1], 'Field without data-protection masking.'),
  scalar('md5(s)', [1, 1], 'MD5 as hex.'),
  scalar('sha256(s)', [1, 1], 'SHA-256 as hex.'),
  aggregate('avg(x)', [1, 1], 'Mean of the numeric values.'),
  aggregate('count([x])', [0, 1], 'Events, or events in which x is present.'),
  aggregate('countDistinct(x)', [1, 1], 'Different values (approximate at high cardinality).', ['count_distinct']),
  aggregate('max(x)', [1, 1], 'Largest value.'),
  aggregate('min(x)', [1, 1], 'Smallest value.'),
  aggregate('pct(x, percent)', [2, 2], 'Percentile, e.g. pct(@duration, 95).'),
  aggregate('stddev(x)', [1, 1], 'Standard deviation.'),
  aggregate('sum(x)', [1, 1], 'Sum of the numeric values.'),
  aggregate('values(x)', [1, 1], 'Distinct values of the group as an array.', ['collect_values']),
  aggregate('variance(x)', [1, 1], 'Population variance.'),
  aggregate('topk(k, x)', [2, 2], 'The k most frequent values (1 to 10000); alone, without by.'),
  aggregate('earliest(x)', [1, 1], 'x of the event with the earliest timestamp.'),
  aggregate('latest(x)', [1, 1], 'x of the event with the latest timestamp.'),
  aggregate('sortsFirst(x)', [1, 1], 'Value that sorts first.'),
  aggregate('sortsLast(x)', [1, 1], 'Value that sorts last.'),
  aggregate('rate(x, interval)', [2, 2], 'Rate of change per interval.'),
  aggregate('countOverTime(x)', [1, 1], 'Events per bin; use with by bin(...).'),
  aggregate('sumOverTime(x)', [1, 1], 'Sum per bin; use with by bin(...).'),
  aggregate('histogram(x, buckets)', [2, 2], 'Distribution over equal-width ranges.'),
]

const byName: ReadonlyMap<string, FunctionEntry> = new Map(
  functions.flatMap(one => [one.name, ...one.aliases].map(name => [name.toLowerCase(), one] as const)),
)

/** Case does not matter. */
export function findFunction(name: string): FunctionEntry | undefined {
  return byName.get(name.toLowerCase())
}
