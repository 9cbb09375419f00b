import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { duckDbEngine } from '../../scripts/conformance/duckdb-engine.js'
import type { InsightsEngine } from '../../scripts/conformance/insights-engine.js'
import { type FilterPattern, formatPattern, lowerPattern, lowerSearch } from '../../shared/filter-pattern/index.js'
import { anyMessage, anyPattern, document, fieldsPattern, jsonPattern, terms } from '../filter-pattern/arbitraries.js'
import { bigDocuments, hostileDocuments, hostilePatterns, hostileTexts } from './hostile.js'
import { disagreements, landMessages, read } from './matching.js'

/** `FUZZ_RUNS=5000 FUZZ_SEED=7 npx vitest run test/sql/patterns` searches longer. */
const numRuns = Number(process.env.FUZZ_RUNS ?? 12)
const seed = Number(process.env.FUZZ_SEED ?? 20261122)
/** All of the adversarial patterns in a longer search, else one of so many. */
const every = process.env.FUZZ_RUNS === undefined ? 3 : 1
const timeout = 60_000 + numRuns * 2000

let engine: InsightsEngine
let datasets = 0
beforeAll(async () => {
  engine = await duckDbEngine()
})
afterAll(() => engine.close())

const contentOf = (path: string) => JSON.parse(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8'))
const cases: readonly { pattern: string; message: string }[] = ['cases', 'doubtful', 'own'].flatMap(name =>
  contentOf(`test/cases/filter-pattern/${name}.json`),
)

function valid(texts: readonly string[]): readonly FilterPattern[] {
  return [...new Set(texts)].map(read).filter(ast => ast !== null)
}

const casePatterns = valid(cases.map(({ pattern }) => pattern))

async function differences(
  patterns: readonly FilterPattern[],
  messages: readonly string[],
  lower = lowerPattern,
): Promise<unknown[]> {
  await landMessages(engine, `messages ${++datasets}`, messages)
  const found = await disagreements(engine, patterns, messages, lower)
  return found.map(({ pattern, message, matches }) => [formatPattern(pattern), message.slice(0, 300), matches])
}

describe('DuckDB and the matcher', () => {
  it('agree on every pattern and message of the cases', { timeout }, async () => {
    const messages = [...new Set(cases.map(({ message }) => message))]
    const isDocument = (message: string) => /^\s*[{[]/.test(message)
    const ofJson = casePatterns.filter(({ kind }) => kind === 'json')
    const others = casePatterns.filter(({ kind }) => kind !== 'json')
    expect(casePatterns.length).toBeGreaterThan(500)
    expect(await differences(others, messages)).toEqual([])
    expect(await differences(ofJson, messages.filter(isDocument))).toEqual([])
    expect(await differences(ofJson.slice(0, 30), messages)).toEqual([])
  })

  it('agree on the sample events of every source', { timeout }, async () => {
    const messages: string[] = contentOf('events/manifest.json').flatMap(({ file }: { file: string }) =>
      contentOf(`events/${file}`).logEvents.map(({ message }: { message: string }) => message),
    )
    expect(messages.length).toBeGreaterThan(300)
    const some = casePatterns.filter((_, index) => index % 8 === 0)
    expect(await differences([...some, ...valid(samplePatterns)], messages)).toEqual([])
    expect(await differences(valid(samplePatterns), messages, lowerSearch)).toEqual([])
  })

  it('agree on texts that break what is put together carelessly', { timeout }, async () => {
    const patterns = valid(hostilePatterns)
    expect(patterns).toHaveLength(hostilePatterns.length)
    const some = patterns.filter((_, index) => index % every === 0)
    expect(await differences(some, [...hostileTexts, ...hostileDocuments])).toEqual([])
    const few = patterns.filter((_, index) => index % 12 === 0)
    expect(await differences(few, bigDocuments)).toEqual([])
    const documentPatterns = casePatterns.filter(({ kind }) => kind === 'json')
    expect(await differences(documentPatterns.slice(0, 40), hostileDocuments)).toEqual([])
  })

  it('agree on patterns and messages made at random', { timeout }, async () => {
    const pattern = fc.oneof(terms, jsonPattern, jsonPattern, jsonPattern, fieldsPattern, anyPattern)
    const sample = fc.tuple(
      fc.array(pattern, { minLength: 16, maxLength: 16 }),
      fc.array(fc.oneof(anyMessage, document), { minLength: 60, maxLength: 60 }),
    )
    await fc.assert(
      fc.asyncProperty(sample, async ([patterns, messages]) => {
        // A lone surrogate has no UTF-8: what lands is the replacement character.
        const landed = messages.map(message => message.toWellFormed())
        const asked = valid(patterns).filter(ast => formatPattern(ast).isWellFormed())
        expect(await differences(asked, landed, lowerSearch)).toEqual([])
      }),
      { seed, numRuns, endOnFailure: true },
    )
  })
})

const samplePatterns = [
  'ERROR',
  '?ERROR ?error ?Exception',
  '-DEBUG -INFO',
  '%[45]\\d\\d%',
  '[ip, id, user, time, request, status = 4* || status = 5*, bytes]',
  '[..., bytes > 1000, duration]',
  '[version, account, interface, source, destination, sport, dport, protocol = 6, packets, bytes >= 1000, ...]',
  '{ $.eventName = "ConsoleLogin" && $.additionalEventData.MFAUsed != "Yes" }',
  '{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS }',
  '{ $.level >= 30 || $.level = "error" }',
  '{ $.requestParameters.* = *a* }',
  '{ $.Records[*].eventSource = *aws* || $.resources[*].ARN = * }',
  '{ $.time = 1.7* || $.duration = %\\.\\d+$% }',
]
