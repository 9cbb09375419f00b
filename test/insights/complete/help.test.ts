import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { functionExamples } from '../../../shared/insights/complete/function-examples.js'
import { knownFields } from '../../../shared/insights/complete/known-fields.js'
import {
  commandHelp,
  commands,
  completeQuery,
  functionHelp,
  functions,
  hoverHelp,
  lowerQuery,
  parseQuery,
  sampleQueries,
  signatureHelp,
} from '../../../shared/insights/index.js'

const file = fileURLToPath(new URL('../../cases/insights/catalogue.json', import.meta.url))
const catalogue = JSON.parse(readFileSync(file, 'utf8')) as {
  commands: string[]
  functions: string[]
  systemFields: string[]
  keywords: string[]
  periodUnits: Record<string, string[]>
  sampleQueries: Record<string, number>
}
/** The User Guide counts among the commands a function and what stands after `in (`. */
const isNoCommand = (name: string) => name === 'unmask' || name === 'subquery'
const nowhere = { start: 0, end: 0 }

describe('help', () => {
  it('covers every command and every function of the catalogue', () => {
    expect(catalogue.commands).toHaveLength(34)
    expect(catalogue.functions).toHaveLength(89)
    for (const name of catalogue.commands.filter(one => !isNoCommand(one))) {
      expect(commandHelp(name, nowhere)).toMatchObject({
        title: name,
        signature: expect.stringMatching(/\S/),
        description: expect.stringMatching(/\.$/),
        example: expect.stringMatching(/\S/),
      })
    }
    for (const name of catalogue.functions) {
      const help = functionHelp(name, nowhere)
      expect(help?.signature?.startsWith(`${name}(`)).toBe(true)
      expect(help?.description).toMatch(/\.$/)
      expect(help?.example).toContain(`${name}(`)
    }
    const known = knownFields.map(({ name }) => name)
    expect(catalogue.systemFields.filter(name => !known.includes(name))).toEqual([])
  })

  it('has a command, a function, a keyword and a unit of the catalogue offered somewhere', () => {
    const offered = new Set<string>()
    const at = (text: string) => {
      for (const { label } of completeQuery(text, text.length, { limit: 1000 }).items) offered.add(label)
    }
    for (const start of ['', 'pattern a | ', 'stats count(*) by bin(5m) | ', 'stats ', 'fields ', 'sort a ', 'sort '])
      at(start)
    for (const unit of [
      'stats count(*) by bin(5',
      'filter a ',
      'filter a not ',
      'stats a by b ',
      'unnest a ',
      'limit ',
    ])
      at(unit)
    for (const more of ['parse ', 'parse /a/ ', 'join ', 'join type=', 'join left=a ', 'join left=a right=b ']) at(more)
    for (const more of ['lookup a b ', 'diff ', 'logcompare ', 'sessionize a ', 'stats a by bin(5m) ', 'fillmissing '])
      at(more)
    for (const more of ['fillmissing with 0 ', 'addtotals row=', 'relevantfields a ']) at(more)
    const spelled = (word: string) => offered.has(word) || offered.has(`${word}=`)
    expect(catalogue.commands.filter(name => !offered.has(name) && !isNoCommand(name))).toEqual([])
    expect(catalogue.functions.filter(name => !offered.has(name))).toEqual([])
    expect(catalogue.keywords.filter(word => !spelled(word))).toEqual([])
    expect(Object.values(catalogue.periodUnits).filter(([short]) => !offered.has(`5${short}`))).toEqual([])
  })

  it('has as many sample queries as the User Guide', () => {
    const count = Object.values(catalogue.sampleQueries).reduce((sum, one) => sum + one, 0)
    expect(sampleQueries).toHaveLength(count)
    expect(new Set(sampleQueries.map(({ name }) => name)).size).toBe(count)
  })

  it('gives examples that are right', () => {
    const options = { from: 0, to: 1, now: 1, lookupTables: new Map() }
    const wrong = Object.entries(functionExamples).filter(([, query]) => {
      const parsed = parseQuery(query)
      return !('ast' in parsed) || 'diagnostics' in lowerQuery(parsed.ast, query, options)
    })
    expect(wrong).toEqual([])
    expect(Object.keys(functionExamples)).toEqual(functions.map(({ name }) => name))
    const unread = commands.filter(({ example }) => 'diagnostics' in parseQuery(example))
    expect(unread.map(({ name }) => name)).toEqual([])
  })

  it('is given where the word stands', () => {
    const query = 'filter ispresent(@duration) | stats count_distinct(srcAddr) by bin(5m)'
    const at = (word: string) => hoverHelp(query, query.indexOf(word) + 1)
    expect(at('filter')).toMatchObject({ kind: 'command', title: 'filter', span: { start: 0, end: 6 } })
    expect(at('ispresent')).toMatchObject({ kind: 'function', signature: 'ispresent(field)' })
    expect(at('count_distinct')).toMatchObject({ kind: 'function', title: 'countDistinct' })
    expect(at('@duration')?.description).toBe('Lambda: Duration of the invocation in ms.')
    expect(at('srcAddr')?.docs.url).toMatch(/discoverable-fields\.html$/)
    expect(hoverHelp(query, query.indexOf('|'))).toBeNull()
    expect(hoverHelp('filter a = "stats"', 14)).toBeNull()
  })

  it('names the argument that is being written', () => {
    const active = (text: string) => {
      const help = signatureHelp(text, text.length)
      const parameter = help?.active == null ? undefined : help.parameters[help.active]
      return (
        help && `${help.name}: ${parameter === undefined ? '-' : help.signature.slice(parameter.start, parameter.end)}`
      )
    }
    expect(active('stats pct(')).toBe('pct: x')
    expect(active('stats pct(@duration, ')).toBe('pct: percent')
    expect(active('stats pct(@duration, 95, ')).toBe('pct: -')
    expect(active('fields concat(a, strlen(b), c, ')).toBe('concat: ...')
    expect(active('fields concat(a, strlen(')).toBe('strlen: s')
    expect(active('fields concat(a, "x, y')).toBe('concat: b')
    expect(active('stats avg(a + (b')).toBe('avg: x')
    expect(active('fields now(')).toBe('now: -')
    expect(active('stats pct(a, 5) ')).toBeNull()
    expect(active('filter a in (SOURCE "g" | fields ')).toBeNull()
  })

  it('never throws', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 80 }), fc.integer({ min: -1, max: 90 }), (text, at) => {
        hoverHelp(text, at)
        signatureHelp(text, at)
      }),
    )
  })
})
