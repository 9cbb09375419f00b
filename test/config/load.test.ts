import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { loadPipeline } from '../../shared/config/load.js'
import { compileGroups } from '../../shared/config/match.js'
import { positionAt, renderDiagnostic } from '../../shared/diagnostics/diagnostic.js'

/** Every finding as `line:column code`, with message and hint where the test is about those. */
function places(text: string): string[] {
  return loadPipeline(text).diagnostics.map(({ code, span }) => {
    const { line, column } = positionAt(text, span.start)
    return `${line}:${column} ${code}`
  })
}

function only(text: string): string {
  const { diagnostics } = loadPipeline(text)
  expect(diagnostics).toHaveLength(1)
  return renderDiagnostic({ name: 'pipeline.yml', text }, diagnostics[0]!)
}

function rule(lines: string): string {
  return `version: 1\ngroups:\n  - match: "*"\n    ${lines}\n`
}

describe('a pipeline that holds', () => {
  it('needs nothing but its version', () => {
    expect(loadPipeline('version: 1')).toEqual({
      config: {
        version: 1,
        groups: [],
        defaults: { format: { name: 'auto' }, redact: [], sample: 1, retentionDays: 0 },
        metricFilters: [],
        alarms: [],
        subscriptions: null,
        logGroupRetention: null,
        exports: [],
        promote: [],
        lake: { commitBytes: 64 * 2 ** 20, commitAfterMs: 5 * 60_000, fileBytes: 192 * 2 ** 20 },
        legalHolds: [],
      },
      diagnostics: [],
    })
  })

  it('gives a rule what it sets and the defaults for the rest', () => {
    const text = `version: 1
defaults: { redact: [email], retention: 1y, sample: 0.5 }
groups:
  - match: /aws/lambda/*
    exclude: [/aws/lambda/noisy-*]
    format: lambda
    redact: [credit-card, { name: order-id, pattern: "ORD-[0-9]{8}" }]
    retention: 12w
  - match: [/a, /b]
    format: { name: vpc-flow, fields: "\${version} \${vpc-id}  \${srcaddr}" }
    sample: 0
    retention: forever
  - match: c
    redact: []
    format: { name: text }
`
    expect(loadPipeline(text).config).toEqual({
      version: 1,
      defaults: { format: { name: 'auto' }, redact: [{ identifier: 'email' }], sample: 0.5, retentionDays: 365 },
      groups: [
        {
          match: ['/aws/lambda/*'],
          exclude: ['/aws/lambda/noisy-*'],
          format: { name: 'lambda' },
          redact: [{ identifier: 'credit-card' }, { name: 'order-id', pattern: 'ORD-[0-9]{8}' }],
          sample: 0.5,
          retentionDays: 84,
        },
        {
          match: ['/a', '/b'],
          exclude: [],
          format: { name: 'vpc-flow', columns: ['version', 'vpc-id', 'srcaddr'] },
          redact: [{ identifier: 'email' }],
          sample: 0,
          retentionDays: 0,
        },
        { match: ['c'], exclude: [], format: { name: 'text' }, redact: [], sample: 0.5, retentionDays: 365 },
      ],
      metricFilters: [],
      alarms: [],
      subscriptions: null,
      logGroupRetention: null,
      exports: [],
      promote: [],
      lake: { commitBytes: 64 * 2 ** 20, commitAfterMs: 5 * 60_000, fileBytes: 192 * 2 ** 20 },
      legalHolds: [],
    })
  })

  it('is plain JSON, so that it can be bundled', () => {
    const { config } = loadPipeline('version: 1\ngroups: [{ match: a }]')
    expect(JSON.parse(JSON.stringify(config))).toEqual(config)
  })

  it('may use anchors', () => {
    const text = 'version: 1\ngroups:\n  - match: a\n    redact: &own [email]\n  - match: b\n    redact: *own\n'
    expect(loadPipeline(text).config?.groups[1]?.redact).toEqual([{ identifier: 'email' }])
  })
})

describe('a pipeline with mistakes', () => {
  it('shows every problem at once, in the order of the text', () => {
    const text = `version: 2
defualts: {}
defaults:
  format: lamda
  sample: 1.5
  retention: 3m
  redact: [emial, 5, { name: Order, pattern: "(?=a)b" }, { name: x, pattern: "a*", foo: 1 }]
groups:
  - format: { name: vpc-flow, fields: "\${vpcid} srcaddr" }
  - match: []
    exclude: 5
  - match: ["/aws/[x]", arn:aws:logs:x, ""]
    sample: "10%"
    retention: 30
    format: { name: alb, fields: x }
  -
`
    expect(places(text)).toEqual([
      '1:10 config/unknown-value',
      '2:1 config/unknown-key',
      '4:11 config/unknown-value',
      '5:11 config/out-of-range',
      '6:14 config/bad-duration',
      '7:12 config/unknown-value',
      '7:19 config/wrong-type',
      '7:30 config/bad-value',
      '7:46 config/bad-pattern',
      '7:78 config/bad-pattern',
      '7:84 config/unknown-key',
      '9:5 config/missing-key',
      '9:39 config/bad-column',
      '9:39 config/bad-column',
      '10:12 config/empty-list',
      '11:14 config/wrong-type',
      '12:13 config/bad-glob',
      '12:25 config/bad-glob',
      '12:41 config/bad-glob',
      '13:13 config/wrong-type',
      '14:16 config/wrong-type',
      '15:34 config/unexpected-fields',
      '16:4 config/wrong-type',
    ])
    expect(loadPipeline(text).config).toBeUndefined()
  })

  it('draws a mistyped key with the one that was meant', () => {
    expect(only(rule('retain: 30d'))).toBe(`pipeline.yml:4:5: error: unknown key "retain" (config/unknown-key)
  4 |     retain: 30d
    |     ^^^^^^
hint: did you mean "retention"?`)
  })

  it.each([
    ['format: flow-logs', 'unknown format "flow-logs"', 'known: auto'],
    ['format: vpcflow', 'unknown format "vpcflow"', 'did you mean "vpc-flow"?'],
    ['format: 5', 'expected the name of a format, or { name, fields }, found 5', 'format: auto'],
    ['format: { nam: x }', 'missing key "name"', 'name: emf'],
    [`format: { name: vpc-flow, fields: "\${srcadr}" }`, `no column \${srcadr}`, `did you mean \${srcaddr}?`],
    [`format: { name: vpc-flow, fields: "\${start} \${start}" }`, `\${start} is declared twice`, 'stands once'],
    ['format: { name: vpc-flow, fields: "" }', 'no column is declared', `\${version}`],
    ['redact: email', 'expected a list, found "email"', 'redact: [email'],
    ['redact: [e-mail]', 'unknown identifier "e-mail"', 'did you mean "email"?'],
    ['redact: [email, email]', 'email is listed twice', 'remove one'],
    ['redact: [{ name: email, pattern: x }]', 'built-in identifier', 'a name of its own'],
    ['redact: [{ name: a, pattern: "(" }]', 'bad pattern: missing closing )', 'takes it literally'],
    ["redact: [{ name: a, pattern: '(a)\\1' }]", 'bad pattern', 'back references'],
    ['redact: [{ name: a, pattern: "(?<=a)b" }]', 'bad pattern', 'lookbehind'],
    ['redact: [{ name: a, pattern: "\\\\b" }]', 'matches the empty text', 'at least one character'],
    ['redact: [{ name: a }]', 'missing key "pattern"', 'ORD-[0-9]{8}'],
    ['retention: 0d', 'found "0d"', 'at least a day'],
    ['retention: 101y', 'found "101y"', 'the longest is 100y'],
    ['retention: 30 d', 'found "30 d"', 'without a space'],
    ['retention: 30', 'expected text, found 30', '30d'],
    ['retention:', 'expected text, found nothing', '30d'],
    ['sample: -1', 'expected a number from 0 to 1, found -1', 'sample: 0.1'],
    ['sample: .nan', 'expected a number', 'sample: 0.1'],
    ['exclude: "a b"', 'no log group\'s name holds " "', 'several globs are a list'],
  ])('%s', (line, message, hint) => {
    const [diagnostic] = loadPipeline(rule(line)).diagnostics.filter(({ code }) => code !== 'config/unknown-key')
    expect(diagnostic?.message).toContain(message)
    expect(diagnostic?.hint).toContain(hint)
  })

  it('is told about YAML, and about what stands before the mistake', () => {
    expect(places('version: 1\ngrops: []\ngroups:\n\t- match: x\n    retain: 5\n')).toEqual([
      '2:1 config/unknown-key',
      '4:1 config/yaml-syntax',
    ])
    expect(places('version: 1\nversion: 1\ngrops: []')).toEqual(['2:1 config/duplicate-key', '3:1 config/unknown-key'])
  })

  it('is told that a glob which begins with a star needs quotes', () => {
    expect(only('version: 1\ngroups:\n  - match: */x\n')).toContain('pipeline.yml:3:12: error:')
    expect(only('version: 1\ngroups:\n  - match: */x\n')).toContain('is written in quotes: "*"')
  })

  it.each(['', '# nothing\n', '- 1', 'text', '5', 'null'])('%j is no pipeline', text => {
    expect(loadPipeline(text).config).toBeUndefined()
    expect(places(text).map(place => place.split(' ')[1])).toEqual(['config/wrong-type'])
  })

  it('is refused before aliases of aliases fill the memory', () => {
    const levels = Array.from({ length: 9 }, (_, at) => `a${at + 1}: &a${at + 1} [${`*a${at},`.repeat(9)}]`)
    const { diagnostics } = loadPipeline(`version: 1\na0: &a0 [x]\n${levels.join('\n')}\n`)
    expect(diagnostics.map(({ code }) => code)).toContain('config/yaml-syntax')
  })
})

describe('a pipeline with rules that cannot be meant', () => {
  it('is warned of a rule that comes too late, and still loads', () => {
    const text = 'version: 1\ngroups:\n  - match: /aws/*\n  - match: [/aws/lambda/*, /aws/x]\n'
    expect(only(text)).toBe(
      `pipeline.yml:4:12: warning: this rule never applies: rule 1 matches all of its groups first (config/rule-never-matches)
  4 |   - match: [/aws/lambda/*, /aws/x]
    |            ^^^^^^^^^^^^^^^^^^^^^^^
hint: the first rule that matches decides: put the narrower one first`,
    )
    expect(loadPipeline(text).config?.groups).toHaveLength(2)
  })

  it('is not warned where the earlier rule leaves something', () => {
    expect(places('version: 1\ngroups:\n  - { match: "*", exclude: /a* }\n  - match: /a*\n')).toEqual([])
    expect(places('version: 1\ngroups:\n  - match: /a*\n  - match: [/ab, /b]\n')).toEqual([])
  })

  it('is warned of a rule that excludes all it matches', () => {
    expect(places('version: 1\ngroups:\n  - match: /a\n    exclude: "*"\n')).toEqual(['4:14 config/rule-never-matches'])
  })
})

describe('any text', () => {
  it('gives a pipeline or reasons, and never an exception', () => {
    const words = fc.constantFrom(
      ...[
        'version: 1',
        'groups:',
        '- match: "*"',
        'defaults:',
        'redact: [',
        ']',
        'format:',
        '{',
        '}',
        '&a',
        '*a',
        '!!x',
      ],
      ...[
        '"',
        '\n',
        '  ',
        ':',
        'email',
        'retention: 30d',
        '? ',
        '|',
        '\t',
        '---',
        '%',
        '\u0000',
        '<<: *a',
        'sample: 1e400',
      ],
    )
    fc.assert(
      fc.property(fc.array(words, { maxLength: 12 }), parts => {
        const { config, diagnostics } = loadPipeline(parts.join(' '))
        expect(config !== undefined || diagnostics.length > 0).toBe(true)
        for (const { span, hint } of diagnostics) {
          expect(span.start).toBeLessThanOrEqual(span.end)
          expect(hint).toBeTruthy()
        }
      }),
      { numRuns: 500 },
    )
  })
})

describe('the pipeline.yml of the project', () => {
  const text = readFileSync(join(import.meta.dirname, '../../pipeline.yml'), 'utf8')

  it('holds, without a warning', () => {
    expect(loadPipeline(text).diagnostics).toEqual([])
  })

  it('declares the layout of the custom flow log among the samples', () => {
    const manifest = readFileSync(join(import.meta.dirname, '../../events/manifest.json'), 'utf8')
    const sample = (JSON.parse(manifest) as { id: string; columns?: string[] }[]).find(
      ({ id }) => id === 'vpc-flow/custom',
    )
    const settings = compileGroups(loadPipeline(text).config!)('/network/flow-custom')
    expect(settings.format).toEqual({ name: 'vpc-flow', columns: sample?.columns })
  })

  it('keeps everything of a group it does not know', () => {
    expect(compileGroups(loadPipeline(text).config!)('my-group')).toEqual({
      format: { name: 'auto' },
      redact: [{ identifier: 'jwt' }],
      sample: 1,
      retentionDays: 0,
    })
  })
})
