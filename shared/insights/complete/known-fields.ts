import { columnNames } from './column-names.js'

/** A field that is known without looking at events, and where it is found. */
export interface KnownField {
  readonly name: string
  readonly type: FieldType
  readonly description: string
  /** `all`, a kind of log, or the command whose answer has it. */
  readonly scope: string
}

/** How its values compare: a field has no other type. `map`: has fields below it. */
export type FieldType = 'string' | 'number' | 'time' | 'map'

type Types = Readonly<Record<string, FieldType>>

/** @param types those of the fields that are no strings */
function known(scope: string, types: Types, described: Readonly<Record<string, string>>): readonly KnownField[] {
  return Object.entries(described).map(([name, description]) => {
    return { name, type: types[name] ?? 'string', description, scope }
  })
}

function numbers(...names: readonly string[]): Types {
  return Object.fromEntries(names.map(name => [name, 'number']))
}

const ofAll: Types = { '@timestamp': 'time', '@ingestionTime': 'time', '@entity': 'map' }

/** Source: Amazon CloudWatch Logs User Guide, "Supported logs and discovered fields" and the pages of the commands. */
export const knownFields: readonly KnownField[] = [
  ...known('all', ofAll, {
    '@timestamp': 'When the event happened.',
    '@message': 'The event as it was logged.',
    '@ingestionTime': 'When CloudWatch Logs received the event.',
    '@logStream': 'Log stream of the event.',
    '@log': 'Account and log group, as account:group.',
    '@ptr': 'Names the event itself; every row that is an event has it.',
    '@entity': 'Entity data, each value as a path below it.',
    '@aws.account': 'Account of the log group.',
    '@aws.region': 'Region of the log group.',
    '@format': 'Format that the event was recognised as: lambda, nginx, json, text, …',
    '@level': 'FATAL, ERROR, WARN, INFO, DEBUG or TRACE, whatever the format calls it.',
    '@request_id': 'Request that the event belongs to, whatever the format calls it.',
    '@trace_id': 'X-Ray or W3C trace that the event belongs to.',
    '@source.log': 'Log group the event comes from.',
    '@data_source_name': 'Name of the data source.',
    '@data_source_type': 'Type of the data source.',
    '@data_format': 'Format of the data.',
    '@aws.tag.<key>': 'Value of a resource tag; a key with other characters stands in backticks.',
  }),
  ...known('Lambda', numbers('@duration', '@billedDuration', '@memorySize', '@maxMemoryUsed', '@initDuration'), {
    '@requestId': 'Id of the invocation.',
    '@type': 'START, END or REPORT.',
    '@duration': 'Duration of the invocation in ms.',
    '@billedDuration': 'Milliseconds that are paid for.',
    '@memorySize': 'Memory of the function in bytes, 128 MB being 128000000.',
    '@maxMemoryUsed': 'Most memory that was in use, in bytes as @memorySize.',
    '@initDuration': 'Initialisation of a cold start in ms.',
    '@xrayTraceId': 'X-Ray trace.',
    '@xraySegmentId': 'X-Ray segment.',
  }),
  ...known(
    'VPC Flow Logs',
    numbers('version', 'srcPort', 'dstPort', 'protocol', 'packets', 'bytes', 'startTime', 'endTime'),
    {
      version: 'Version of the flow log record.',
      accountId: 'Account of the network interface.',
      interfaceId: 'Network interface.',
      srcAddr: 'Source address.',
      dstAddr: 'Destination address.',
      srcPort: 'Source port.',
      dstPort: 'Destination port.',
      protocol: 'Number of the IP protocol: 6 is TCP, 17 UDP.',
      packets: 'Packets of the flow.',
      bytes: 'Bytes of the flow.',
      startTime: 'Start of the aggregation, epoch seconds.',
      endTime: 'End of the aggregation, epoch seconds.',
      action: 'ACCEPT or REJECT.',
      logStatus: 'OK, NODATA or SKIPDATA.',
    },
  ),
  ...known('Route 53', numbers('version'), {
    version: 'Version of the query log record.',
    queryTimestamp: 'When Route 53 answered.',
    hostZoneId: 'Hosted zone.',
    queryName: 'Name that was asked for.',
    queryType: 'Type of DNS record.',
    responseCode: 'NOERROR, NXDOMAIN, SERVFAIL and so on.',
    protocol: 'TCP or UDP.',
    edgeLocation: 'Edge location that answered.',
    resolverIp: 'Address of the resolver.',
    ednsClientSubnet: "Part of the client's address.",
  }),
  ...known('pattern', numbers('@ratio', '@sampleCount'), columnNames.pattern),
  ...known('diff', numbers('@baselineSampleCount', '@difference'), columnNames.diff),
  ...known('anomaly', numbers('@anomalyScore', '@isAnomaly'), columnNames.anomaly),
  ...known(
    'relevantfields',
    numbers('@relevanceScore', '@conditionalMedian', '@baselineMedian'),
    columnNames.relevantfields,
  ),
  ...known('countFrequent', numbers('_approxcount'), columnNames.countfrequent),
  ...known('sessionize', numbers(), columnNames.sessionize),
  ...known('addtotals', numbers('Total'), columnNames.addtotals),
]
