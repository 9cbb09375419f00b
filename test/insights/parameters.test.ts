import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parameterNames, parseQuery, withParameters } from '../../shared/insights/index.js'

function written(query: string, values: Readonly<Record<string, string>>): string {
  const found = withParameters(query, new Map(Object.entries(values)))
  return 'query' in found ? found.query : found.diagnostics.map(({ code }) => code).join()
}

describe('parameters of saved queries', () => {
  it.each([
    ['filter a = {{x}}', 'b" or "1" = "1', 'filter a = "b\\" or \\"1\\" = \\"1"'],
    ['filter a = "{{x}}"', 'say "it\'s \\"', 'filter a = "say \\"it\\\'s \\\\\\""'],
    ["SOURCE '{{x}}' | limit 1", "/aws/o'brien", "SOURCE '/aws/o\\'brien' | limit 1"],
    ['filter a like /^{{x}}$/', 'a.*/|b', 'filter a like /^a\\.\\*\\/\\|b$/'],
    ['filter a =~ {{x}}', '.*', 'filter a =~ /\\.\\*/'],
    ['filter status = {{x}}', '404', 'filter status = 404'],
    ['filter id = {{x}}', '007', 'filter id = "007"'],
    ['filter id = {{x}}', '5m', 'filter id = "5m"'],
    ['filter a like {{x}}', '404', 'filter a like "404"'],
    ['stats count(*) by bin({{x}})', '5m', 'stats count(*) by bin(5m)'],
    ['fields datefloor({{x}}, {{y}})', '5m', 'insights/missing-parameter'],
    ['limit {{ x }}', '25', 'limit 25'],
    ['fields a # {{x}}', 'b', 'insights/unknown-parameter'],
    ['fields {{x}}', 'a | limit 1', 'fields "a | limit 1"'],
    ['fields a_{{x}}', 'b', 'insights/parameter-in-name'],
    ['fields `{{x}}`', 'b', 'insights/parameter-in-name'],
    ['limit 1{{x}}', '0', 'insights/parameter-in-name'],
    ['parse @message "{{x}} *" as rest', 'a *', 'insights/star-in-pattern'],
    ['filter a = "\\{{x}}"', 'b', 'insights/unknown-parameter'],
  ])('%s with %j', (query, value, expected) => {
    expect(written(query, { x: value })).toBe(expected)
  })

  it('are named once each, in order', () => {
    expect(parameterNames('filter a = {{b}} and c like "{{a}}" or d = {{b}} # {{none}}')).toEqual(['b', 'a'])
  })

  it('suggest the name that was meant', () => {
    const found = withParameters('filter a = {{region}}', new Map([['regoin', 'x']]))
    expect('diagnostics' in found && found.diagnostics.map(({ hint }) => hint)).toEqual([
      'give it one: region=value',
      'did you mean "region"?',
    ])
  })

  it('never change what a query does, whatever the value', () => {
    const templates = [
      'filter a = {{x}}',
      'filter a = "{{x}}" and b = 1',
      "filter a like '{{x}}'",
      'filter a like /q{{x}}r/',
    ]
    const pieces = ['"', "'", '\\', '/', '|', '\n', '*', '#', '{{x}}', ' or ', '1', '5m', '`', ')', 'é', '$', '[']
    const value = fc.array(fc.constantFrom(...pieces), { maxLength: 8 }).map(parts => parts.join(''))
    fc.assert(
      fc.property(fc.constantFrom(...templates), value, (template, x) => {
        const found = withParameters(template, new Map([['x', x]]))
        if (!('query' in found)) throw new Error(JSON.stringify(found))
        const parsed = parseQuery(found.query)
        if (!('ast' in parsed)) throw new Error(`${found.query}: ${parsed.diagnostics[0]?.message}`)
        expect(parsed.ast.commands).toHaveLength(1)
        const text = JSON.stringify(parsed.ast)
        if (template.startsWith('filter a = {{') && !/^\d+$/.test(x)) expect(text).toContain(JSON.stringify(x))
        if (template.includes('"{{')) expect(text).toContain(JSON.stringify(x))
      }),
      { numRuns: 500 },
    )
  })
})
