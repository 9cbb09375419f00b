import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { eventId, payload } from '../helpers/payload.js'

const root = resolve(import.meta.dirname, '../..')
interface SampleEvent {
  readonly timestamp: number
  readonly logGroup: string
  readonly logStream: string
  readonly message: string
}

/** What the sample queries are asked at: `now()`, and the time of events that are made here. */
export const samplesNow = Date.UTC(2026, 0, 15, 12)

/** Events under `events/` of these folders, each in the group it came from. */
function recorded(...folders: readonly string[]): readonly SampleEvent[] {
  return folders.flatMap(folder =>
    readdirSync(join(root, 'events', folder)).flatMap(file => {
      const { logGroup, logStream, logEvents } = JSON.parse(readFileSync(join(root, 'events', folder, file), 'utf8'))
      return (logEvents as { timestamp: number; message: string }[]).map(({ timestamp, message }) => {
        return { timestamp, logGroup, logStream, message }
      })
    }),
  )
}

/** Events of one group, a minute apart and the last one now. */
function made(
  logGroup: string,
  messages: readonly (string | object)[],
  logStream = 'prod/orders/i-1/0',
): readonly SampleEvent[] {
  return messages.map((message, index) => {
    const timestamp = samplesNow - (messages.length - 1 - index) * 60_000
    const text = typeof message === 'string' ? message : JSON.stringify(message)
    return { timestamp, logGroup, logStream, message: text }
  })
}

const flow = (rest: string) => `2 123456789012 eni-0123456789abcdef0 ${rest}`

/** By source of the sample queries: what is recorded, and what had to be made where nothing is. */
export const sampleData: Readonly<Record<string, readonly SampleEvent[]>> = {
  common: made('/ecs/orders', [
    {
      server: 'a',
      severity: 'ERROR',
      message: 'NullPointerException at Order.java:7',
      session_id: 's1',
      client_ip: '192.0.2.1',
      client_platform: 'web',
    },
    {
      server: 'b',
      severity: 'INFO',
      message: 'ready',
      session_id: 's1',
      client_ip: '192.0.2.2',
      client_platform: 'web',
    },
    {
      server: 'a',
      severity: 'INFO',
      message: 'done',
      session_id: 's2',
      client_ip: '192.0.2.3',
      client_platform: 'app',
    },
    'Request finished; Status Code: 404; path=/basket',
    'Request finished; Status Code: 200; path=/',
    'ERROR payment 4711 failed',
    'ERROR payment 4712 failed',
  ]),
  lambda: [
    ...recorded('lambda'),
    ...made('/aws/lambda/orders', [
      '2026-01-15T12:00:00.000Z 8c8a2e6b-0000-4000-8000-000000000001 Task timed out after 3.00 seconds',
    ]),
  ],
  'vpc-flow': [
    ...recorded('vpc-flow'),
    ...made('vpc-flow-logs', [
      flow('10.0.0.5 192.0.2.9 49152 443 6 10 8000 1768478000 1768478060 ACCEPT OK'),
      flow('10.0.0.6 10.0.1.1 5353 53 17 2 200 1768478000 1768478060 ACCEPT OK'),
      flow('198.51.100.7 10.0.0.5 40000 22 6 3 180 1768478000 1768478060 REJECT OK'),
      flow('- - - - - - - 1768478000 1768478060 - SKIPDATA'),
    ]),
  ],
  'nat-gateway': made('vpc-flow-logs', [
    flow('10.0.2.7 10.0.1.5 40000 443 6 10 9000 1768478000 1768478060 ACCEPT OK'),
    flow('10.0.1.5 203.0.113.8 40001 443 6 10 9000 1768478000 1768478060 ACCEPT OK'),
    flow('203.0.113.8 10.0.1.5 443 40001 6 20 70000 1768478000 1768478060 ACCEPT OK'),
    flow('10.0.1.5 10.0.2.7 443 40000 6 20 70000 1768478000 1768478060 ACCEPT OK'),
  ]),
  route53: recorded('route53'),
  cloudtrail: [
    ...recorded('cloudtrail'),
    ...made('aws-cloudtrail-logs-123456789012-1a2b3c4d', [
      {
        eventVersion: '1.08',
        eventSource: 'ec2.amazonaws.com',
        eventName: 'StopInstances',
        awsRegion: 'us-east-1',
        requestParameters: { instancesSet: { items: [{ instanceId: 'i-0123456789abcdef0' }] } },
        tlsDetails: { tlsVersion: 'TLSv1.1', cipherSuite: 'ECDHE-RSA-AES128-SHA' },
        userAgent: 'old',
        recipientAccountId: '123456789012',
        userIdentity: { accountId: '123456789012' },
      },
      {
        eventVersion: '1.08',
        eventSource: 'iam.amazonaws.com',
        eventName: 'CreateUser',
        awsRegion: 'us-east-1',
        requestParameters: { userName: 'robot' },
        responseElements: { user: { arn: 'arn:aws:iam::123456789012:user/robot' } },
      },
      {
        eventVersion: '1.08',
        eventSource: 'cloudtrail.amazonaws.com',
        eventName: 'UpdateTrail',
        awsRegion: 'us-east-1',
        errorCode: 'AccessDenied',
        errorMessage: 'not allowed',
      },
    ]),
  ],
  'api-gateway': [
    ...made('/aws/apigateway/shop', [
      {
        requestId: 'r1',
        ip: '192.0.2.1',
        path: '/orders',
        httpMethod: 'GET',
        status: 200,
        responseLatency: 40,
        integrationLatency: 35,
      },
      { requestId: 'r2', ip: '192.0.2.2', path: '/orders', httpMethod: 'POST', status: 404, responseLatency: 12 },
      { requestId: 'r3', ip: '192.0.2.2', path: '/pay', httpMethod: 'POST', status: 502, responseLatency: 3000 },
    ]),
    ...made('/aws/lambda/orders', [{ requestId: 'r3', duration: 2990, memoryUsed: 120 }]),
  ],
  apache: [
    ...recorded('apache'),
    ...made('/var/log/httpd/access_log', [
      '192.0.2.1 - - [15/Jan/2026:12:00:00 +0000] "GET /admin HTTP/1.1" 403 12 "-" "curl/8"',
    ]),
    ...made('/var/log/httpd/error_log', [
      '[Thu Jan 15 12:00:00.000000 2026] [mpm_event:notice] [pid 7:tid 8] AH00489: Apache/2.4.62 (Unix) configured -- resuming normal operations',
    ]),
  ],
  syslog: [
    ...recorded('syslog'),
    ...made('/var/log/messages', [
      'Jan 15 12:00:00 ip-10-0-0-12 sudo[77]: admin : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/ls',
      'Jan 15 12:00:01 ip-10-0-0-12 sshd[78]: Failed password for root from 198.51.100.7 port 50000 ssh2',
      '<164>Jan 15 12:00:02 asa-1 : %ASA-4-106023: Deny tcp src outside:198.51.100.7/1024 dst inside:10.0.0.5/22',
      'Jan 15 12:00:03 ip-10-0-0-12 kernel: DROP IN=eth0 OUT= SRC=198.51.100.7 DST=10.0.0.5',
    ]),
  ],
  eventbridge: made('/aws/events/orders', [
    { 'detail-type': 'Order placed', source: 'shop', detail: { id: 1 } },
    { 'detail-type': 'Order placed', source: 'shop', detail: { id: 2 } },
    { 'detail-type': 'Order paid', source: 'shop', detail: { id: 1 } },
  ]),
  parse: made('prod', [
    'user=ann, method:GET, latency := 30',
    'user=ann, method:GET, latency := 50',
    '12:00:00 [ERROR] payment failed',
    'url=/api/v2/users/7',
    'from 192.0.2.1 via 192.0.2.2',
    'level=error msg="no room" duration=7',
    'web-1,GET,/,200,12',
  ]),
  json: made('/ecs/json', [
    { status_code: 200, events: [{ name: 'a' }, { name: 'b' }], items: ['x', 'y'], host: 'h1' },
    { status_code: 500, events: [{ name: 'c' }], items: ['x'], host: 'h1' },
  ]),
  joins: [
    ...made('/aws/lambda/order-service', [
      { eventType: 'ORDER_CREATED', transactionId: 't1', orderId: 'o1', customerId: 'c1' },
      { eventType: 'ORDER_CREATED', transactionId: 't2', orderId: 'o2', customerId: 'c2' },
      { requestId: 'r1', endpoint: '/orders', userId: 'u1', responseTime: 900 },
      { action: 'login', status: 'ok', id: 'u1' },
    ]),
    ...made('/aws/lambda/payment-service', [
      { eventType: 'PAYMENT_PROCESSED', transactionId: 't1', paymentStatus: 'SUCCESS', amount: 5 },
    ]),
    ...made('/aws/lambda/database-service', [{ errorType: 'DatabaseConnectionTimeout', requestId: 'r1' }]),
  ],
  'resource-tags': made('/ecs/orders', ['tags of log groups are not in what CloudWatch delivers']),
}

/** The payloads that CloudWatch would deliver, one for each stream. */
export function payloadsOf(events: readonly SampleEvent[]): readonly unknown[] {
  const streams = new Map<string, SampleEvent[]>()
  for (const event of events) {
    const key = JSON.stringify([event.logGroup, event.logStream])
    streams.set(key, [...(streams.get(key) ?? []), event])
  }
  let index = 0
  return [...streams.values()].map(found => {
    const { logGroup, logStream } = found[0]!
    const logEvents = found.map(({ timestamp, message }) => ({ id: eventId(timestamp, index++), timestamp, message }))
    return payload(logEvents, { logGroup, logStream })
  })
}
