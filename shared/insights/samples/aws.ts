import { samples } from './sample.js'

export const lambda = samples('lambda', [
  [
    'Memory that is not needed',
    'filter @type = "REPORT"\n| stats max(@memorySize / 1000 / 1000) as provisionedMb,\n    min(@maxMemoryUsed / 1000 / 1000) as smallestRequestMb,\n    avg(@maxMemoryUsed / 1000 / 1000) as averageUsedMb,\n    max(@maxMemoryUsed / 1000 / 1000) as mostUsedMb,\n    provisionedMb - mostUsedMb as notNeededMb',
  ],
  ['Latency over time', 'filter @type = "REPORT"\n| stats avg(@duration), max(@duration), min(@duration) by bin(5m)'],
  [
    'Slow invocations without repeats',
    'fields @timestamp, @requestId, @message, @logStream\n| filter @type = "REPORT" and @duration > 1000\n| sort @timestamp desc\n| dedup @requestId\n| limit 20',
  ],
  [
    'Most expensive invocations',
    'filter @type = "REPORT"\n| fields @requestId, @billedDuration\n| sort by @billedDuration desc\n| limit 100',
  ],
  [
    'Cold starts',
    'filter @type = "REPORT"\n| stats count(*) as total, count(@initDuration) as coldStarts,\n    avg(@initDuration) as averageInit, max(@initDuration) as longestInit by bin(1h)',
  ],
  [
    'Share of cold starts',
    'filter @type = "REPORT"\n| stats sum(strcontains(@message, "Init Duration")) / count(*) * 100 as coldStartPercent, avg(@duration) by bin(1m)',
  ],
  [
    'Percentiles of billed duration',
    'filter @type = "REPORT"\n| stats avg(@billedDuration) as average,\n    pct(@billedDuration, 99) as p99, pct(@billedDuration, 95) as p95, pct(@billedDuration, 90) as p90 by bin(1m)',
  ],
  [
    'Invocations close to the memory limit',
    'filter @type = "REPORT" and @maxMemoryUsed >= @memorySize * 0.75\n| stats countDistinct(@requestId) as invocations by bin(30m)',
  ],
  [
    'Billed GB-seconds',
    'filter @type = "REPORT"\n| stats sum(@billedDuration) / 1000 * avg(@memorySize) / 1024000000 as gbSeconds by bin(1m)',
  ],
  [
    'Cold and warm durations',
    'filter @type = "REPORT"\n| fields greatest(@initDuration, 0) + @duration as total, ispresent(@initDuration) as isCold\n| stats count(*) as invocations, pct(total, 50) as p50, pct(total, 90) as p90, pct(total, 99) as p99, max(total) as longest by isCold',
  ],
  ['Time-outs', 'filter @message like /Task timed out/\n| stats count(*) as timeouts by bin(30m)'],
])

export const vpcFlow = samples('vpc-flow', [
  ['Hosts that exchange most packets', 'stats sum(packets) as sent by srcAddr, dstAddr\n| sort sent desc\n| limit 15'],
  [
    'Most bytes out of a subnet',
    'filter isIpv4InSubnet(srcAddr, {{subnet}})\n| stats sum(bytes) as sent by dstAddr\n| sort sent desc\n| limit 15',
    { subnet: ['block of the subnet', '10.0.0.0/16'] },
  ],
  ['Hosts that use UDP', 'filter protocol = 17\n| stats count(*) by srcAddr'],
  ['Skipped records per hour', 'filter logStatus = "SKIPDATA"\n| stats count(*) by bin(1h) as hour\n| sort hour'],
  [
    'One record per connection of an interface',
    'fields @timestamp, srcAddr, dstAddr, srcPort, dstPort, protocol, bytes\n| filter interfaceId = {{interface}}\n| sort @timestamp desc\n| dedup srcAddr, dstAddr, srcPort, dstPort, protocol\n| limit 20',
    { interface: ['network interface', 'eni-0123456789abcdef0'] },
  ],
  ['Average and largest transfer per destination', 'stats avg(bytes), max(bytes) by dstAddr'],
  ['Interface of each record', 'parse @message /(?<networkInterface>eni-\\S*) /\n| display networkInterface, @message'],
  [
    'Rejected connections',
    'filter action = "REJECT"\n| stats count(*) as rejections by srcAddr, dstPort\n| sort rejections desc\n| limit 20',
  ],
])

const gateway = {
  gateway: ['private address of the NAT gateway', '10.0.1.5'],
  network: ['start of the addresses of the VPC', '10.0.'],
} as const

export const natGateway = samples('nat-gateway', [
  [
    'Instances that send most through the gateway',
    'filter dstAddr like {{gateway}} and srcAddr like {{network}}\n| stats sum(bytes) as sent by srcAddr, dstAddr\n| sort sent desc\n| limit 10',
    gateway,
  ],
  [
    'Traffic to and from the instances',
    'filter (dstAddr like {{gateway}} and srcAddr like {{network}}) or (srcAddr like {{gateway}} and dstAddr like {{network}})\n| stats sum(bytes) as moved by srcAddr, dstAddr\n| sort moved desc\n| limit 10',
    gateway,
  ],
  [
    'Where uploads go',
    'filter srcAddr like {{gateway}} and dstAddr not like {{network}}\n| stats sum(bytes) as sent by srcAddr, dstAddr\n| sort sent desc\n| limit 10',
    gateway,
  ],
  [
    'Where downloads come from',
    'filter dstAddr like {{gateway}} and srcAddr not like {{network}}\n| stats sum(bytes) as received by srcAddr, dstAddr\n| sort received desc\n| limit 10',
    gateway,
  ],
])

export const route53 = samples('route53', [
  ['Queries per hour and type', 'stats count(*) by queryType, bin(1h)'],
  ['Busiest resolvers', 'stats count(*) as requests by resolverIp\n| sort requests desc\n| limit 10'],
  ['Names that failed', 'filter responseCode = "SERVFAIL"\n| stats count(*) by queryName'],
])

const outdatedTls = 'filter tlsDetails.tlsVersion in ["TLSv1", "TLSv1.1"]'

export const cloudtrail = samples('cloudtrail', [
  ['Calls per service, event and region', 'stats count(*) by eventSource, eventName, awsRegion'],
  [
    'Instances started or stopped in a region',
    'filter eventName in ["StartInstances", "StopInstances"] and awsRegion = {{region}}',
    { region: ['region', 'us-east-1'] },
  ],
  [
    'New IAM users',
    'filter eventName = "CreateUser"\n| fields awsRegion, requestParameters.userName, responseElements.user.arn',
  ],
  [
    'UpdateTrail calls that failed',
    'filter eventName = "UpdateTrail" and ispresent(errorCode)\n| stats count(*) by errorCode, errorMessage',
  ],
  [
    'Calls with outdated TLS',
    `${outdatedTls}\n| stats count(*) as calls by userIdentity.accountId, recipientAccountId, eventSource, eventName, awsRegion, tlsDetails.tlsVersion, tlsDetails.cipherSuite, userAgent\n| sort eventSource, eventName, awsRegion, tlsDetails.tlsVersion`,
  ],
  ['Outdated TLS per service', `${outdatedTls}\n| stats count(*) as calls by eventSource\n| sort calls desc`],
  [
    'Events about one instance',
    'fields @timestamp, @message\n| filter requestParameters.instancesSet.items.0.instanceId = {{instance}}\n| sort @timestamp desc',
    { instance: ['instance id', 'i-0123456789abcdef0'] },
  ],
])

const request = 'fields @timestamp, status, ip, path, httpMethod'

export const apiGateway = samples('api-gateway', [
  ['Last 10 client errors', `${request}\n| filter status >= 400 and status <= 499\n| sort @timestamp desc\n| limit 10`],
  ['Slowest requests', `${request}, responseLatency\n| sort responseLatency desc\n| limit 10`],
  ['Most requested paths', 'stats count(*) as requests by path\n| sort requests desc\n| limit 10'],
  [
    'Integration latency per minute',
    'filter status = 200\n| stats avg(integrationLatency), max(integrationLatency), min(integrationLatency) by bin(1m)',
  ],
  [
    'Failed requests with their function',
    'filter status >= 500\n| join type=inner left=api right=lambda where api.requestId = lambda.requestId (SOURCE "{{function}}")\n| fields api.requestId, api.status, api.responseLatency, lambda.duration, lambda.memoryUsed\n| sort api.responseLatency desc',
    { function: ['log group of the function', '/aws/lambda/orders'] },
  ],
])

export const eventBridge = samples('eventbridge', [
  ['Events per detail type', 'stats count(*) as events by `detail-type`\n| sort events desc'],
])

export const resourceTags = samples('resource-tags', [
  [
    'Events of one environment',
    'filter @aws.tag.env = {{environment}}',
    { environment: ['value of the tag', 'production'] },
  ],
  [
    'Tag key with special characters',
    'filter @`aws.tag.aws:cloudformation:stack-name` = {{stack}}',
    { stack: ['name of the stack', 'orders'] },
  ],
  ['Events per team', 'stats count(*) by @aws.tag.team'],
])
