/**
 * Every set of redaction rules that was ever deployed, `state/redactions/<fingerprint>.json`: an import compares what an
 * export holds with what the lake holds of it, under the rules that were in force when it landed.
 */
import * as z from 'zod'
import type { PipelineConfig, RedactionRule } from '../config/pipeline.js'
import { createRedactor } from '../enrich/redact/create-redactor.js'
import { loadPatternEngine } from '../enrich/redact/pattern-engine.js'
import type { Redactor } from '../enrich/redactor.js'
import { PreconditionFailed } from '../store/errors.js'
import type { ObjectStore } from '../store/object-store.js'
import { UnreadableState } from './errors.js'
import type { Readings } from './import-match.js'

const folder = 'state/redactions/'

/** Adds those of the configuration; cheap where they are known. */
export async function recordRedactions(store: Pick<ObjectStore, 'put'>, pipeline: PipelineConfig): Promise<void> {
  const sets = [pipeline.defaults, ...pipeline.groups].map(({ redact }) => redact).filter(({ length }) => length > 0)
  const engine = await loadPatternEngine(sets.flat())
  const written = new Set<string>()
  for (const rules of sets) {
    const { fingerprint } = createRedactor(rules, engine)
    if (written.has(fingerprint)) continue
    written.add(fingerprint)
    const body = Buffer.from(JSON.stringify({ version: 1, rules }))
    try {
      await store.put(`${folder}${fingerprint}.json`, body, { ifNoneMatch: '*', contentType: 'application/json' })
    } catch (error) {
      if (!(error instanceof PreconditionFailed)) throw error
    }
  }
}

const recorded = z.looseObject({
  version: z.literal(1),
  rules: z.array(z.union([z.object({ identifier: z.string() }), z.object({ name: z.string(), pattern: z.string() })])),
})

/** @throws UnreadableState */
export async function readRedactions(store: Pick<ObjectStore, 'get' | 'list'>): Promise<readonly Redactor[]> {
  const redactors: Redactor[] = []
  for await (const { key } of store.list(folder)) {
    const rules = parseRules(key, (await store.get(key)).body)
    redactors.push(await redactorOf(rules))
  }
  return redactors
}

export async function redactorOf(rules: readonly RedactionRule[]): Promise<Redactor> {
  return createRedactor(rules, await loadPatternEngine(rules))
}

function parseRules(key: string, body: Uint8Array): readonly RedactionRule[] {
  try {
    return recorded.parse(JSON.parse(Buffer.from(body).toString('utf8'))).rules
  } catch (error) {
    throw new UnreadableState(key, 'is no set of redaction rules', error)
  }
}

/**
 * What a message may have become: under the rules of today, under all that were ever recorded, and as it is. Whether an
 * export keeps a line end at the end of a message is not documented, so each may have one more or less.
 */
export function readingsOf(current: Redactor, recorded: readonly Redactor[]): Readings {
  return message => {
    const texts = [current, ...recorded].map(({ redact }) => redact(message, new Map()).toWellFormed())
    const all = [...texts, message]
    return [...all, ...all.map(text => (text.endsWith('\n') ? text.slice(0, -1) : `${text}\n`))]
  }
}
