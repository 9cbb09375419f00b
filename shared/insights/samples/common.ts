import { samples } from './sample.js'

/** Queries for any log group. */
export const common = samples('common', [
  ['25 most recent events', 'fields @timestamp, @message\n| sort @timestamp desc\n| limit 25'],
  [
    'Exceptions per hour',
    'filter @message like /Exception/\n| stats count(*) as exceptions by bin(1h)\n| sort exceptions desc',
  ],
  ['Events that are not exceptions', 'fields @message\n| filter @message not like /Exception/'],
  ['One event per server', 'fields @timestamp, server, severity, message\n| sort @timestamp asc\n| dedup server'],
  [
    'Latest event per server and severity',
    'fields @timestamp, server, severity, message\n| sort @timestamp desc\n| dedup server, severity',
  ],
  [
    'Client errors of the last two hours',
    'parse @message "Status Code: *;" as statusCode\n| filter statusCode >= 400 and statusCode <= 499\n| filter toMillis(@timestamp) >= now() * 1000 - 7200000',
  ],
  [
    'Errors or failures of the last five hours',
    'fields @timestamp, @message\n| filter @message like /(?i)(error|failure)/\n| filter toMillis(@timestamp) >= now() * 1000 - 18000000',
  ],
  [
    'Logged volume per 5 minutes, peak and average',
    'fields strlen(@message) as length\n| stats sum(length) / 1024 / 1024 as mb by bin(5m)\n| stats max(mb) as peakMb, min(mb) as leastMb, avg(mb) as averageMb',
  ],
  [
    'Sessions seen from several addresses',
    'stats countDistinct(client_ip) as addresses, count(*) as requests by session_id, client_platform\n| filter addresses > 1\n| stats count(*) as sessions, sum(requests) / count(*) as requestsPerSession by client_platform',
  ],
  ['Patterns among errors', 'filter @message like /ERROR/\n| pattern @message\n| sort @sampleCount desc'],
  ['What changed since yesterday', 'fields @timestamp, @message\n| pattern @message\n| diff previousDay'],
])

export const parsing = samples('parse', [
  [
    'Wildcards: latency per method and user',
    'parse @message "user=*, method:*, latency := *" as user, method, latency\n| stats avg(latency) by method, user',
  ],
  [
    'Regular expression with named groups',
    'parse @message /user=(?<user>.*?), method:(?<method>.*?), latency := (?<latency>\\d+)/\n| stats avg(latency) by method, user',
  ],
  [
    'Level and text of each line',
    'parse @message "* [*] *" as loggedAt, level, text\n| filter level in ["ERROR", "INFO"]\n| display text, level = "ERROR" as isError',
  ],
  [
    'Parse an extracted field again',
    'parse @message "url=*" as url\n| parse url "/api/*/users/*" as apiVersion, userId\n| filter ispresent(url)\n| display apiVersion, userId',
  ],
  [
    'Parts of the log stream name',
    'parse @logStream "*/*/*/*" as env, service, instance, shard\n| stats count(*) by env, service',
  ],
  [
    'All addresses in a line',
    'parse @message /(\\d+\\.\\d+\\.\\d+\\.\\d+)/ as address multi\n| stats count(*) as events by address\n| sort events desc',
  ],
  ['logfmt', 'parse @message logfmt as line\n| filter line.level = "error"\n| display line.msg, line.duration'],
  ['CSV', 'parse @message csv as host, method, path, status, duration\n| stats avg(duration) by method'],
])

export const json = samples('json', [
  ['Count by a nested value', 'fields jsonParse(@message) as line\n| stats count() by line.status_code'],
  ['Elements of a list', 'fields jsonParse(@message) as line\n| unnest line.events into event\n| display event.name'],
  ['Expand an array field', 'expand items\n| stats count(*) by items, host'],
])

const group = (example: string): readonly [string, string] => ['log group on the right side', example]

export const joins = samples('joins', [
  [
    'Orders without a successful payment',
    'filter eventType = "ORDER_CREATED"\n| join type=left left=order right=payment where order.transactionId = payment.transactionId (SOURCE "{{payments}}")\n| filter payment.eventType = "PAYMENT_PROCESSED" or !ispresent(payment.eventType)\n| filter payment.paymentStatus != "SUCCESS" or !ispresent(payment.paymentStatus)\n| fields order.transactionId, order.orderId, order.customerId, payment.paymentStatus, payment.amount',
    { payments: group('/aws/lambda/payment-service') },
  ],
  [
    'Requests that failed downstream',
    'filter requestId in (\n    SOURCE "{{downstream}}"\n    | filter errorType = "DatabaseConnectionTimeout"\n    | fields requestId\n  )\n| fields @timestamp, requestId, endpoint, userId, responseTime\n| sort @timestamp desc',
    { downstream: ['log group of the service behind', '/aws/lambda/database-service'] },
  ],
  [
    'Add user details from a lookup table',
    'lookup user_data id OUTPUT name, email, department\n| filter ispresent(name)\n| fields action, status, name, email, department',
  ],
])
