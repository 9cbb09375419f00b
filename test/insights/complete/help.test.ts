import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { functionExamples } from '../../../shared/insights/complete/function-examples.js'
import { knownFields } from '../../../shared/insights/complete/known-fields.js'
import { type LanguageWord, languageWords } from '../../../shared/insights/complete/language-words.js'
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
  operators: string[]
  periodUnits: Record<string, string[]>
  sampleQueries: Record<string, number>
}
/** The User Guide counts among the commands a function and what stands after `in (`. */
const isNoCommand = (name: string) => name === 'unmask' || name === 'subquery'
const nowhere = { start: 0, end: 0 }

/** Where the example of a word has it: help there is that of its entry. */
function placesOf({ name, syntax, example }: LanguageWord): readonly number[] {
  return Array.from({ length: example.length }, (_, at) => at).filter(at => {
    const help = hoverHelp(example, at)
    return help?.title === name && help.signature === syntax
  })
}

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
      for (const { kind, label, detail, help } of completeQuery(text, text.length, { limit: 1000 }).items) {
        offered.add(label)
        // A keyword says what it is, as commands and functions do.
        if (kind === 'keyword') expect([label, detail, help]).not.toContain(undefined)
      }
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
    expect(hoverHelp(query, query.indexOf('|'))).toMatchObject({ kind: 'operator', title: '|' })
    expect(hoverHelp('filter a = "stats"', 14)).toBeNull()
  })

  it('is there for every keyword, operator and unit of the catalogue', () => {
    expect(catalogue.keywords).toHaveLength(30)
    expect(catalogue.operators).toHaveLength(21)
    const isTold = (word: string, kind: LanguageWord['kind']) =>
      languageWords.some(one => one.kind === kind && (one.name === word || one.name === `${word}=`))
    // "and", "like" and the like stand among both.
    const words = catalogue.keywords.filter(word => !catalogue.operators.includes(word))
    expect(words.filter(word => !isTold(word, 'keyword'))).toEqual([])
    expect(catalogue.operators.filter(word => !isTold(word, 'operator'))).toEqual([])
    for (const [unit, short] of Object.entries(catalogue.periodUnits)) {
      for (const written of [...short, ` ${unit}s`]) {
        const query = `stats count(*) by bin(2${written}) | limit 5`
        expect(hoverHelp(query, query.indexOf('(2') + 1)).toMatchObject({
          kind: 'period',
          title: `2${written.trim()}`,
          description: `A period of 2 ${unit}s.`,
        })
        expect(hoverHelp(query, query.indexOf(') | ') - 1)).toMatchObject({ kind: 'period' })
      }
    }
    const long = hoverHelp('stats count(*) by bin(90m)', 23)
    expect(long?.description).toBe('A period of 90 minutes. bin() takes at most 60, and reads this as 60.')
  })

  it('is shown for each word and sign where its example has it, and the example is right', () => {
    const table = { columns: ['id', 'name', 'email', 'cidr', 'region'], rows: [] }
    const lookupTables = new Map([
      ['users', table],
      ['nets', table],
    ])
    for (const word of languageWords) {
      const { kind, name, syntax, description, example } = word
      expect(placesOf(word), `${name}: ${example}`).not.toEqual([])
      expect(`${syntax} ${description}`).toMatch(/\S.*\.$/)
      expect(hoverHelp(example, placesOf(word)[0]!)).toMatchObject({ kind, title: name, signature: syntax, example })
      const query = example.replace('{{ms}}', '100')
      const parsed = parseQuery(query)
      const lowered = 'ast' in parsed ? lowerQuery(parsed.ast, query, { from: 0, to: 1, now: 1, lookupTables }) : parsed
      const codes = 'diagnostics' in lowered ? lowered.diagnostics.map(({ code }) => code) : []
      // What the lake cannot know is refused, and its help says so.
      expect(codes, example).toEqual(example.includes('logGroupTags') ? ['insights/unsupported'] : [])
    }
  })

  it('takes two words and an option as one', () => {
    const query = "filter a not like 'x' | join type=left left=o right=p where o.id = p.id (SOURCE 'g')"
    const shown = (at: number) => {
      const { span, title } = hoverHelp(query, at)!
      return [title, query.slice(span.start, span.end)]
    }
    expect(shown(query.indexOf('not'))).toEqual(['not like', 'not like'])
    expect(shown(query.indexOf('like'))).toEqual(['not like', 'not like'])
    expect(shown(query.indexOf('type='))).toEqual(['type=', 'type='])
    expect(shown(query.indexOf('=left'))).toEqual(['type=', 'type='])
    expect(shown(query.indexOf('left left'))).toEqual(['left', 'left'])
    expect(shown(query.indexOf('left=o'))).toEqual(['left=', 'left='])
    expect(shown(query.indexOf('= p.id'))).toEqual(['=', '='])
  })

  it('is what the word means to the command that it stands in', () => {
    const syntax = (query: string, word: string) => hoverHelp(query, query.lastIndexOf(word))?.signature
    expect(syntax('stats count(*) by a', 'by')).toMatch(/^stats/)
    expect(syntax('sort by a', 'by')).toMatch(/^sort/)
    expect(syntax('fields a as b', 'as')).toBe('<expr> as <name>')
    expect(syntax('parse @message "*" as b', 'as')).toMatch(/^parse/)
    expect(syntax('stats count(*)', '*')).toBe('count(*)')
    expect(syntax('stats sum(a * b)', '*')).toBe('<expr> * <expr>')
    expect(syntax('filldown cpu*', '*')).toBe('filldown <name>*')
    expect(syntax('filter a like /x/', '/x')).toBe('/<regex>/')
    expect(syntax('fields a / x', '/')).toBe('<expr> / <expr>')
    expect(syntax('filter a in [1]', ']')).toMatch(/^\[/)
  })

  it('leaves names of the user alone, also those that are words elsewhere', () => {
    const at = (query: string, word: string) => hoverHelp(query, query.lastIndexOf(word))
    for (const [query, word] of [
      ['fields a as in', 'in'],
      ['filter type = "x"', 'type'],
      ['fields left, right', 'left'],
      ['fields `as`', 'as'],
      ['filter asc = 1', 'asc'],
      ['fields a # by b', 'by'],
      ['fields a # b # c', '# c'],
      ['filter a = "# c', '#'],
      ['fields "a and b"', 'and'],
    ] as const)
      expect(at(query, word), query).toBeNull()
  })

  it('tells the type of a field', () => {
    const type = (name: string) => hoverHelp(`fields ${name}`, 8)?.type
    expect(type('@timestamp')).toBe('time')
    expect(type('@duration')).toBe('number')
    expect(type('srcAddr')).toBe('string')
    expect(type('@`aws.tag.team`')).toBe('string')
    // A number in flow logs, a text of Route 53.
    expect(hoverHelp('fields protocol', 8)).toMatchObject({ kind: 'field', type: null })
    expect(hoverHelp('fields @entity.KeyAttributes.Name', 8)?.description).toMatch(/^Entity data/)
    for (const name of catalogue.systemFields.filter(one => !one.includes('<')))
      expect(hoverHelp(`fields ${name}`, 8), name).toMatchObject({ kind: 'field', title: name })
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
