import type { IngestReport } from '../../shared/pipeline/report.js'
import { StorageFull } from '../../shared/store/errors.js'
import type { AsynchronousResult, LambdaFunction } from '../lambda/lambda-function.js'
import type { Delivery } from './delivery.js'

/** What became of deliveries, added up from the function's reports. */
export interface FeedTotals {
  deliveries: number
  /** Objects and rows written by these deliveries. */
  objects: number
  events: number
  bytesIn: number
  bytesOut: number
  /** Events that had landed before. */
  duplicates: number
  controlMessages: number
  quarantined: Record<string, number>
  redactions: Record<string, number>
  refused: number
  sampled: number
  /** Of the objects written or found, each once. */
  keys: Set<string>
  failures: DeliveryFailure[]
}

export interface DeliveryFailure {
  /** The error's type and message. */
  readonly error: string
  /** `recorded` in the raw bucket, or `lost`. */
  readonly outcome: 'recorded' | 'lost'
  readonly isDiskFull: boolean
}

/** As many deliveries at a time as the function has environments. */
const parallel = 2

/**
 * Sends deliveries through the function, asynchronously as CloudWatch Logs does, and waits for what becomes of them.
 * Stops when all that follow would fail alike, or when it is told to.
 */
export async function feed(
  lambda: LambdaFunction,
  deliveries: AsyncIterable<Delivery> | Iterable<Delivery>,
  onDelivered: (totals: FeedTotals) => void,
  signal: AbortSignal,
): Promise<FeedTotals> {
  const totals = emptyTotals()
  const source = iterate(deliveries)
  const send = async () => {
    while (!signal.aborted && !isHopeless(totals)) {
      const { value, done } = await source.next()
      if (done) return
      add(totals, await lambda.enqueue(value.payload).done)
      onDelivered(totals)
    }
  }
  await Promise.all(Array.from({ length: parallel }, send))
  return totals
}

/** The disk is full, or the function fails whatever it is given. */
function isHopeless({ failures, deliveries }: FeedTotals): boolean {
  return failures.some(({ isDiskFull }) => isDiskFull) || (failures.length >= 3 && failures.length === deliveries)
}

/** One generator, whose `next` calls queue up, for several readers. */
async function* iterate(deliveries: AsyncIterable<Delivery> | Iterable<Delivery>): AsyncGenerator<Delivery> {
  yield* deliveries
}

function emptyTotals(): FeedTotals {
  return {
    deliveries: 0,
    objects: 0,
    events: 0,
    bytesIn: 0,
    bytesOut: 0,
    duplicates: 0,
    controlMessages: 0,
    quarantined: {},
    redactions: {},
    refused: 0,
    sampled: 0,
    keys: new Set(),
    failures: [],
  }
}

function add(totals: FeedTotals, { last, outcome, destinationError }: AsynchronousResult): void {
  totals.deliveries++
  const answer = last === undefined ? undefined : JSON.parse(Buffer.from(last.payload).toString('utf8'))
  if (outcome !== 'succeeded') {
    const { errorType = 'Error', errorMessage = 'not tried' } = (answer ?? {}) as Record<string, string>
    const isDiskFull = destinationError instanceof StorageFull || errorMessage.includes('InsufficientStorage')
    totals.failures.push({ error: `${errorType}: ${errorMessage}`, outcome, isDiskFull })
    return
  }
  const report = answer as IngestReport
  if (report.created) totals.objects++
  for (const name of [
    'events',
    'bytesIn',
    'bytesOut',
    'duplicates',
    'controlMessages',
    'refused',
    'sampled',
  ] as const) {
    totals[name] += report[name]
  }
  for (const name of ['quarantined', 'redactions'] as const) addCounts(totals[name], report[name])
  if (report.key !== null) totals.keys.add(report.key)
}

function addCounts(totals: Record<string, number>, counts: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(counts)) totals[name] = (totals[name] ?? 0) + count
}
