import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { withFields } from '../../shared/engine/derived-fields.js'
import { type DuckDb, openDuckDb } from '../../shared/engine/duckdb.js'
import { valuesOf } from '../../shared/enrich/format.js'
import { apache } from '../../shared/enrich/formats/apache.js'
import { vpcFlow } from '../../shared/enrich/formats/vpc-flow.js'
import { createLine } from '../../shared/enrich/line.js'

let duckdb: DuckDb
beforeAll(async () => {
  duckdb = await openDuckDb({ memoryLimitMb: 256, threads: 1 })
})
afterAll(() => duckdb.close())

/** What the format read, when it says that the line is plain. */
function plainFields(format: typeof apache, message: string): Record<string, string> | undefined {
  const fields = format.parse(createLine(message, '', ''))?.fields
  if (!fields || !('text' in fields) || fields.isPlain !== true) return undefined
  const values = valuesOf(fields)
  return Object.fromEntries(fields.keys.flatMap((key, index) => (values[index] == null ? [] : [[key, values[index]]])))
}

async function derived(format: string, messages: readonly string[]): Promise<Record<string, string>[]> {
  const rows = `SELECT unnest(from_json($1, '["VARCHAR"]')) AS message, NULL::MAP(VARCHAR, VARCHAR) AS fields, $2 AS format`
  const sql = `SELECT to_json(fields) FROM (${withFields(rows)})`
  const answer = await duckdb.query(sql, [JSON.stringify(messages), format])
  return answer.rows.map(([json]) => JSON.parse(String(json)))
}

async function expectSame(format: typeof apache, messages: readonly string[]): Promise<number> {
  const plain = messages.flatMap(message => {
    const fields = plainFields(format, message)
    return fields === undefined ? [] : [{ message, fields }]
  })
  const messagesOfPlain = plain.map(({ message }) => message)
  expect(await derived(format.name, messagesOfPlain)).toEqual(plain.map(({ fields }) => fields))
  return plain.length
}

describe('fields that landing leaves out', () => {
  it('are those that the parser reads, in every sample', async () => {
    const events = resolve(import.meta.dirname, '../../events')
    const files = readdirSync(events, { recursive: true, encoding: 'utf8' }).filter(file => file.endsWith('.json'))
    const messages = files.flatMap(file => {
      const { logEvents = [] } = JSON.parse(readFileSync(join(events, file), 'utf8'))
      return (logEvents as { message: string }[]).map(({ message }) => message)
    })
    expect(await expectSame(apache, messages)).toBeGreaterThan(3)
    expect(await expectSame(vpcFlow, messages)).toBeGreaterThan(3)
  })

  it('are those that the parser reads, in lines of any pieces', async () => {
    const usual = fc.constantFrom('-', 'a', 'é', '😀', '127.0.0.1', '200', '\0', '$1', ']', '\t', 'x'.repeat(50))
    const odd = fc.oneof(fc.constantFrom('', '"', '\\', ' ', '[', '\n', 'a b'), fc.string({ maxLength: 6 }))
    const word = fc.oneof({ weight: 12, arbitrary: usual }, { weight: 1, arbitrary: odd })
    const mostly = (likely: string, ...others: string[]) =>
      fc.oneof({ weight: 6, arbitrary: fc.constant(likely) }, { weight: 1, arbitrary: fc.constantFrom(...others) })
    const access = fc
      .record({
        head: fc.oneof(fc.tuple(word, word, word), fc.array(word, { maxLength: 4 })),
        time: mostly('10/Oct/2000:13:55:36 -0700', '2000-10-10T13:55:36', '10/Oct/2000:13:55:36 ["x'),
        method: mostly('GET', 'M-SEARCH', 'x', ''),
        path: fc.array(word, { maxLength: 3 }),
        protocol: mostly('HTTP/1.1', 'HTTP/2', 'HTTP/1.é', 'HTTP/😀1', ''),
        status: mostly('200', '404', '20', '5000'),
        bytes: word,
        tail: fc.oneof(fc.array(word, { maxLength: 3 }), fc.array(word, { minLength: 2, maxLength: 2 })),
        glue: mostly(' ', '  ', '"'),
      })
      .map(({ head, time, method, path, protocol, status, bytes, tail, glue }) => {
        const quoted = tail.map(text => ` "${text}"`).join('')
        return `${head.join(' ')} [${time}] "${method} ${path.join('/')} ${protocol}" ${status}${glue}${bytes}${quoted}`
      })
    let plain = 0
    await fc.assert(
      fc.asyncProperty(fc.array(access, { minLength: 50, maxLength: 100 }), async messages => {
        plain += await expectSame(
          apache,
          messages.map(message => message.toWellFormed()),
        )
      }),
      { numRuns: 100 },
    )
    expect(plain).toBeGreaterThan(100)
  })

  it('leave a line that is not plain to its stored fields', () => {
    expect(plainFields(apache, 'a - - [10/Oct/2000:13:55:36 -0700] "GET /\\" HTTP/1.1" 200 1')).toBeUndefined()
    expect(plainFields(vpcFlow, '2 1 eni 1 2 3 4 5 6 7 8 9 ACCEPT OK\n')).toBeUndefined()
  })
})
