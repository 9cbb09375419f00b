/**
 * The invariant of the fault tests: every event of an acknowledged delivery is in exactly one of the reader's view, once,
 * the quarantine, or a counted drop; what was not acknowledged is nowhere twice; the reports add up to it; and nothing of
 * it is in a log.
 */
import { expect } from 'vitest'
import type { IngestReport } from '../../shared/pipeline/report.js'
import { type Item, ownGroupPrefix, type SentEvent, secret, sentEvents } from './delivery.js'
import type { Attempt, World } from './world.js'

/** Events of an acknowledged delivery that no reader sees, by where they ended. */
interface Ends {
  quarantine: number
  dropped: number
}

/** Holds all that has happened in a world to the invariant. */
export async function expectAccounted(world: World): Promise<void> {
  const seen = await seenIn(world)
  const quarantine = await quarantineOf(world)
  const problems = [...problemsOfView(world, seen), ...problemsOfLogs(world)]
  for (const attempt of world.attempts) {
    if (attempt.report !== undefined) problems.push(...problemsOfReport(attempt, attempt.report, seen, quarantine))
  }
  expect(problems).toEqual([])
  await expectMetrics(world)
  // It has no way to lose what is there.
  expect(world.requests.filter(({ operation }) => !['PutObject', 'HeadObject'].includes(operation))).toEqual([])
}

type Seen = ReadonlyMap<string, readonly string[]>

/** Messages in the view by identity. */
async function seenIn({ reader }: World): Promise<Seen> {
  return grouped(
    await reader.events(),
    ({ identity }) => identity,
    ({ message }) => message,
  )
}

function grouped<T, V>(values: readonly T[], keyOf: (value: T) => string, pick: (value: T) => V): Map<string, V[]> {
  const groups = new Map<string, V[]>()
  for (const value of values) {
    const group = groups.get(keyOf(value))
    if (group === undefined) groups.set(keyOf(value), [pick(value)])
    else group.push(pick(value))
  }
  return groups
}

interface Quarantine {
  /** Bodies of records and invocations that could not be read, each as often as it is there. */
  readonly records: readonly string[]
  /** JSON of events. */
  readonly events: ReadonlySet<string>
}

async function quarantineOf({ raw }: World): Promise<Quarantine> {
  const records: string[] = []
  const events = new Set<string>()
  for await (const { key } of raw.list('quarantine/')) {
    const { body, metadata } = await raw.get(key)
    const text = Buffer.from(body).toString('utf8')
    if (metadata.encoding !== 'json') records.push(text)
    else for (const event of JSON.parse(text).logEvents) events.add(JSON.stringify(event))
  }
  return { records, events }
}

interface Expected {
  /** How often a reader sees it, if it is not dropped. */
  copies: number
  /** What it may say: another message under the same id is another delivery's. */
  readonly messages: Set<string>
}

function expectedOf(world: World): Map<string, Expected> {
  const expected = new Map<string, Expected>()
  for (const { delivery } of world.attempts) {
    const events = delivery.items.flatMap(storable)
    for (const [identity, copies] of grouped(
      events,
      event => event.identity!,
      event => event,
    )) {
      const { hasId, message } = copies[0]!
      const entry = expected.get(identity) ?? { copies: 1, messages: new Set() }
      if (!hasId) entry.copies = Math.max(entry.copies, copies.length)
      expected.set(identity, { ...entry, messages: entry.messages.add(message) })
    }
  }
  return expected
}

function storable(item: Item): readonly SentEvent[] {
  if (item.kind !== 'events' || isOwn(item)) return []
  return sentEvents(item.payload).filter(({ identity }) => identity !== null)
}

function isOwn(item: Item): boolean {
  return item.kind === 'events' && String(item.payload.logGroup).startsWith(ownGroupPrefix)
}

function problemsOfView(world: World, seen: Seen): string[] {
  const expected = expectedOf(world)
  return [...seen].flatMap(([identity, messages]) => {
    const event = expected.get(identity)
    if (event === undefined) return [`seen and never sent: ${identity}`]
    const others = messages.filter(message => !event.messages.has(message))
    return [
      ...(messages.length === event.copies ? [] : [`seen ${messages.length} times, not ${event.copies}: ${identity}`]),
      ...others.map(message => `another message than was sent: ${identity}: ${message.slice(0, 80)}`),
    ]
  })
}

function problemsOfReport(attempt: Attempt, report: IngestReport, seen: Seen, quarantine: Quarantine): string[] {
  const problems: string[] = []
  const ends: Ends = { quarantine: 0, dropped: 0 }
  let sent = 0
  for (const item of attempt.delivery.items) {
    if (item.kind === 'undecodable') {
      const copies = quarantine.records.filter(record => record === item.data).length
      if (copies !== 1) problems.push(`in the quarantine ${copies} times: ${item.data.slice(0, 80)}`)
    } else if (item.kind === 'events') {
      const events = sentEvents(item.payload)
      sent += events.length
      if (isOwn(item)) ends.dropped += events.length
      else problems.push(...followEvents(events, seen, quarantine, ends))
    }
  }
  const quarantined = Object.values(report.quarantined).reduce((sum, count) => sum + count, 0)
  const counted = report.events + report.duplicates + report.refused + report.sampled + ends.quarantine
  if (counted !== sent) problems.push(`${counted} events counted of ${sent}: ${JSON.stringify(report)}`)
  if (ends.dropped !== report.refused + report.sampled) {
    problems.push(`${ends.dropped} events are nowhere: ${JSON.stringify(report)}`)
  }
  if (ends.quarantine > 0 && quarantined === 0)
    problems.push(`${ends.quarantine} events in the quarantine, none counted`)
  return problems
}

/** Adds the events of one record to `ends`. */
function followEvents(events: readonly SentEvent[], seen: Seen, quarantine: Quarantine, ends: Ends): string[] {
  const problems: string[] = []
  const messages = new Map<string, string>()
  for (const { identity, hasId, message, json } of events) {
    const first = identity === null || !hasId ? undefined : messages.get(identity)
    const isInQuarantine = quarantine.events.has(json)
    if (identity === null || (first !== undefined && first !== message)) {
      ends.quarantine++
      if (!isInQuarantine) problems.push(`not in the quarantine: ${json.slice(0, 80)}`)
      continue
    }
    if (isInQuarantine) problems.push(`in the quarantine for no reason: ${json.slice(0, 80)}`)
    messages.set(identity, message)
    if (first === undefined && !seen.has(identity)) ends.dropped++
  }
  return problems
}

/** One line of the function's own for each invocation, with its report's numbers, and nothing of what it was given. */
function problemsOfLogs({ attempts }: World): string[] {
  return attempts.flatMap(({ delivery, outcome, report, log }) => {
    const output = log.join('\n')
    const leaks = [secret, ...delivery.items.map(({ data }) => data.slice(0, 64)).filter(({ length }) => length >= 16)]
    const problems = leaks.filter(leak => output.includes(leak)).map(leak => `in the log: ${leak}`)
    const lines = metricLines(log)
    if (outcome !== 'killed' && lines.length !== 1)
      problems.push(`${lines.length} lines for an invocation that ${outcome}`)
    if (report !== undefined && lines[0]?.Events !== report.events) problems.push(`a line that differs from the report`)
    return problems
  })
}

function metricLines(log: readonly string[]): Record<string, unknown>[] {
  return log
    .filter(line => line.startsWith('{'))
    .map(line => JSON.parse(line))
    .filter(line => '_aws' in line)
}

/** Events count once, for the attempt that wrote them. One that did not live to tell is not counted: see decision 4. */
async function expectMetrics({ attempts, reader }: World): Promise<void> {
  const lines = attempts.flatMap(({ log }) => metricLines(log))
  const counted = lines.reduce((sum, { Events }) => sum + Number(Events), 0)
  const stored = await reader.storedRows()
  if (attempts.every(({ outcome }) => outcome === 'acknowledged')) expect(counted).toBe(stored)
  else expect(counted).toBeLessThanOrEqual(stored)
}
