import { gzipSync } from 'node:zlib'

/** The four kinds of batch that the ingest path is measured with. */
export const batchKinds = ['json', 'lambda', 'vpc-flow', 'nginx'] as const
export type BatchKind = (typeof batchKinds)[number]

const groups: Readonly<Record<BatchKind, string>> = {
  json: '/ecs/orders',
  lambda: '/aws/lambda/orders',
  'vpc-flow': 'vpc-flow-logs',
  nginx: '/ec2/nginx/access',
}

const start = Date.UTC(2026, 0, 15, 10)

/**
 * A Lambda event as CloudWatch Logs delivers it: `count` real-shaped events, gzip level 6, base64. The same arguments
 * give the same bytes. Ids are built as CloudWatch builds them: one random part and arrival time per PutLogEvents call.
 */
export function lambdaEvent(kind: BatchKind, count: number, batch = 0): { awslogs: { data: string } } {
  return { awslogs: { data: gzipSync(payloadJson(kind, count, batch), { level: 6 }).toString('base64') } }
}

const streams = 5

/** @param batch which of a series: five streams write at a time, each a batch a minute */
export function payloadJson(kind: BatchKind, count: number, batch = 0): string {
  const random = generator(count * 7 + batchKinds.indexOf(kind) + batch * 10_007)
  const began = start + Math.floor(batch / streams) * 60_000
  const stream = batch % streams
  const message = writers[kind]
  const logEvents = []
  let putRandom = 0n
  let arrival = 0n
  for (let index = 0; index < count; index++) {
    const offset = Math.floor((index * 60_000) / count)
    // A flow log record carries the second in which its window began.
    const timestamp = began + (kind === 'vpc-flow' ? offset - (offset % 1000) : offset)
    const inPut = index % 250
    if (inPut === 0) {
      putRandom = (BigInt(random(2 ** 31)) << 32n) | BigInt(random(2 ** 31))
      arrival = BigInt(timestamp + 700 + random(400))
    }
    const id = (BigInt(timestamp) << 144n) | (arrival << 80n) | (putRandom << 16n) | BigInt(inPut)
    logEvents.push({ id: String(id).padStart(56, '0'), timestamp, message: message(random, timestamp, index) })
  }
  return JSON.stringify({
    messageType: 'DATA_MESSAGE',
    owner: '123456789012',
    logGroup: groups[kind],
    logStream:
      kind === 'lambda'
        ? `2026/01/15/[$LATEST]${stream}1f0c7b2a9d3e4f5061728394a5b6c7d`
        : `${kind}/i-${stream}abc1234def567890`,
    subscriptionFilters: ['tailrace'],
    logEvents,
  })
}

type Random = (below: number) => number

const writers: Readonly<Record<BatchKind, (random: Random, timestamp: number, index: number) => string>> = {
  json(random, timestamp) {
    return JSON.stringify({
      timestamp: new Date(timestamp).toISOString(),
      level: pick(random, ['info', 'info', 'info', 'debug', 'warn', 'error']),
      service: pick(random, ['orders', 'payments', 'basket', 'search']),
      message: pick(random, [
        'order accepted',
        'payment authorised',
        'cache miss',
        'upstream timeout',
        'stock reserved',
      ]),
      requestId: uuid(random),
      http: {
        method: pick(random, ['GET', 'POST', 'PUT']),
        path: `/v1/orders/${random(1_000_000)}`,
        status: pick(random, [200, 200, 201, 404, 500]),
      },
      durationMs: random(90_000) / 100,
      user: { id: `u-${random(50_000)}`, plan: pick(random, ['free', 'team', 'enterprise']) },
    })
  },
  lambda(random, timestamp, index) {
    const requestId = uuidOf(Math.floor(index / 5))
    switch (index % 5) {
      case 0:
        return `START RequestId: ${requestId} Version: $LATEST\n`
      case 1:
        return `${new Date(timestamp).toISOString()}\t${requestId}\tINFO\thandling order ${random(1_000_000)} of customer c-${random(50_000)}\n`
      case 2:
        return `${new Date(timestamp).toISOString()}\t${requestId}\t${pick(random, ['INFO', 'WARN', 'ERROR'])}\t{"orderId":"o-${random(1_000_000)}","amount":${random(90_000) / 100},"customer":{"tier":"${pick(random, ['gold', 'silver'])}"}}\n`
      case 3:
        return `END RequestId: ${requestId}\n`
      default: {
        const duration = random(300_000) / 100
        return `REPORT RequestId: ${requestId}\tDuration: ${duration} ms\tBilled Duration: ${Math.ceil(duration)} ms\tMemory Size: 512 MB\tMax Memory Used: ${90 + random(200)} MB\t\n`
      }
    }
  },
  /** One stream is one interface, so every line has its address on one side; peers repeat, scanners do not. */
  'vpc-flow'(random, timestamp) {
    const own = '10.0.12.34'
    const known = random(10) < 8
    const seed = random(150)
    const peer = known
      ? `10.0.${seed % 16}.${(seed * 37) % 256}`
      : `${random(223) + 1}.${random(256)}.${random(256)}.${random(256)}`
    const [ownPort, peerPort] =
      random(2) === 0 ? [pick(random, [443, 5432, 8080]), 1024 + random(64_000)] : [1024 + random(64_000), 443]
    const ends = random(2) === 0 ? `${own} ${peer} ${ownPort} ${peerPort}` : `${peer} ${own} ${peerPort} ${ownPort}`
    const began = Math.floor(timestamp / 1000)
    const packets = 1 + random(60)
    return `2 123456789012 eni-01f00ab134cd56e78 ${ends} 6 ${packets} ${packets * (40 + random(1400))} ${began} ${began + 58} ${known ? 'ACCEPT' : 'REJECT'} OK`
  },
  nginx(random, timestamp) {
    const [day, time] = [
      new Date(timestamp).toUTCString().slice(5, 16).replaceAll(' ', '/'),
      new Date(timestamp).toISOString().slice(11, 19),
    ]
    return `203.0.113.${random(256)} - - [${day}:${time} +0000] "${pick(random, ['GET', 'GET', 'POST'])} /products/${random(20_000)}?page=${random(9)} HTTP/1.1" ${pick(random, [200, 200, 200, 304, 404, 502])} ${random(60_000)} "https://shop.example.com/" "${pick(random, agents)}"`
  },
}

const agents = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 14_6) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15',
  'curl/8.9.1',
]

/** Deterministic: multiply-with-carry, good enough to keep gzip honest. */
function generator(seed: number): Random {
  let z = 362_436_069 ^ seed
  let w = 521_288_629 + seed
  return below => {
    z = (36_969 * (z & 65_535) + (z >>> 16)) >>> 0
    w = (18_000 * (w & 65_535) + (w >>> 16)) >>> 0
    return (((z << 16) >>> 0) + (w & 65_535)) % below
  }
}

function pick<T>(random: Random, values: readonly T[]): T {
  return values[random(values.length)]!
}

function uuid(random: Random): string {
  const hex = () => random(0x10000).toString(16).padStart(4, '0')
  return `${hex()}${hex()}-${hex()}-4${hex().slice(1)}-8${hex().slice(1)}-${hex()}${hex()}${hex()}`
}

function uuidOf(index: number): string {
  return uuid(generator(index + 1))
}
