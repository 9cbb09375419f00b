/**
 * `npm run bench -- filter-pattern`: each kind of pattern against the matcher an expert would write by hand for that
 * one question, over messages of the events and test data of this repository, in turns. Both get the bare message; the
 * lines that end in `parsed` give both a document that has been parsed before, as ingest does with many patterns.
 * A pattern and its baseline must find the same messages, or the bench fails.
 */
import { readFileSync } from 'node:fs'
import { compilePattern, parsePattern } from '../../shared/filter-pattern/index.js'
import { type HandWritten, handWritten } from './filter-pattern-baseline.js'
import { compare, measureInTurns } from './measure.js'

const rounds = 41

/** About this many messages a turn, so that one takes milliseconds. */
const messagesPerTurn = 20_000

function eventsOf(path: string): readonly string[] {
  const payload = JSON.parse(readFileSync(new URL(`../../events/${path}`, baseUrl), 'utf8'))
  return payload.logEvents.map(({ message }: { message: string }) => message)
}

/** The bench runs as a bundle below dist/bench. */
const baseUrl = new URL('.', import.meta.url)

const cloudTrail = readFileSync(new URL('../../test/data/cloudtrail-detections/events.jsonl', baseUrl), 'utf8')
  .trimEnd()
  .split('\n')
  .map(line => JSON.stringify(JSON.parse(line).log))
const accessLog = eventsOf('apache/combined.json')
const flowLog = eventsOf('vpc-flow/default.json')
const lambda = [...eventsOf('lambda/runtimes-text.json'), ...eventsOf('lambda/failures-text.json')]
const gateway = eventsOf('apigateway-access/json.json')

type Question = readonly [name: keyof typeof handWritten, pattern: string, messages: readonly string[]]

const questions: readonly Question[] = [
  ['word', 'ERROR', lambda],
  ['phrase', '"Access Denied"', cloudTrail],
  ['words', 'AssumeRole "eu-west-1" -readOnly', cloudTrail],
  ['anyWord', '?ERROR ?Exception ?"timed out"', lambda],
  ['regexAddress', '%\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}%', cloudTrail],
  ['regexAlternatives', '%[Ee]rror|[Ff]ail%', lambda],
  ['jsonEqual', '{ $.eventName = "ConsoleLogin" }', cloudTrail],
  [
    'jsonCompound',
    '{$.userIdentity.type="Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType !="AwsServiceEvent"}',
    cloudTrail,
  ],
  [
    'jsonAlternatives',
    '{($.eventName=CreateTrail) || ($.eventName=UpdateTrail) || ($.eventName=DeleteTrail) || ($.eventName=StartLogging) || ($.eventName=StopLogging)}',
    cloudTrail,
  ],
  ['jsonNumber', '{ $.response_latency >= 10 }', gateway],
  ['jsonRegex', '{ $.errorCode = %Denied|Unauthorized% }', cloudTrail],
  ['jsonAnyElement', '{ $.resources[*].type = "AWS::S3::Bucket" }', cloudTrail],
  ['fieldsAccessLog', '[ip, id, user, timestamp, request, status_code=4*, ...]', accessLog],
  [
    'fieldsFlowLog',
    '[version, account, eni, source, destination, srcport, destport="22", protocol="6", packets, bytes, start, end, action="REJECT", status]',
    flowLog,
  ],
  ['fieldsFromEnd', '[..., action="REJECT", status]', flowLog],
]

function count(
  matches: HandWritten,
  messages: readonly string[],
  documents?: readonly { [key: string]: unknown }[],
): number {
  let found = 0
  for (let index = 0; index < messages.length; index++)
    if (documents === undefined ? matches(messages[index]!) : matches(messages[index]!, () => documents[index]!))
      found++
  return found
}

async function measure(
  name: string,
  matches: HandWritten,
  byHand: HandWritten,
  messages: readonly string[],
  isParsed: boolean,
) {
  const documents = isParsed ? messages.map(message => JSON.parse(message)) : undefined
  const expected = count(byHand, messages, documents)
  if (count(matches, messages, documents) !== expected) throw new Error(`bench: ${name} disagrees with its baseline`)
  const { hand, pattern } = await measureInTurns(
    { hand: () => count(byHand, messages, documents), pattern: () => count(matches, messages, documents) },
    rounds,
  )
  const perMessage = ({ median, spread }: { median: number; spread: number }) => ({
    median: (median * 1e6) / messages.length,
    spread,
  })
  console.log(
    JSON.stringify({ ...compare(name, 'ns/message', perMessage(pattern), perMessage(hand)), node: process.version }),
  )
}

for (const [name, text, samples] of questions) {
  const parsed = parsePattern(text)
  if ('diagnostics' in parsed) throw new Error(`bench: ${name}: ${parsed.diagnostics[0]!.message}`)
  const { matches } = compilePattern(parsed.ast)
  const messages = Array.from({ length: messagesPerTurn }, (_, index) => samples[index % samples.length]!)
  await measure(`filter-pattern ${name}`, matches, handWritten[name], messages, false)
  if (parsed.ast.kind === 'json')
    await measure(`filter-pattern ${name} parsed`, matches, handWritten[name], messages, true)
}
