import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { readLines } from '../../cli/read-lines.js'
import { highlight, printable } from '../../cli/terminal.js'

const folder = mkdtempSync(join(tmpdir(), 'tailrace-pattern-'))
afterAll(() => rmSync(folder, { recursive: true }))

const access = '127.0.0.1 - frank [10/Oct/2000:13:50:35 -0700] "GET /a HTTP/1.0" 404 4355'

function tailrace(args: readonly string[], input = '') {
  const run = spawnSync(process.execPath, ['--import', 'tsx', 'cli/bin.ts', ...args], { input, encoding: 'utf8' })
  return { status: run.status, out: run.stdout, err: run.stderr }
}

describe('tailrace', () => {
  it('refuses what is no command, whatever it is called', () => {
    for (const name of ['patern', 'toString', '__proto__']) {
      const { status, err } = tailrace([name])
      expect([status, err]).toEqual([2, expect.stringContaining(`error: unknown command '${name}'`)])
    }
  })

  it('says that a query of several words stands in quotes', () => {
    const hint = "hint: what has blanks in it stands in quotes: tailrace search '…'\n"
    expect(tailrace(['search', 'ERROR', 'timeout'])).toMatchObject({ status: 2, err: expect.stringContaining(hint) })
  })
})

describe('tailrace pattern', () => {
  it('shows the events of files that match, marked, with the extracted values', () => {
    const file = join(folder, 'access.log')
    writeFileSync(file, `GET nothing\r\n${access}\n`)
    expect(tailrace(['pattern', 'test', '[..., request, status=4*, size]', file])).toEqual({
      status: 0,
      out: [
        '2: 127.0.0.1 - frank [10/Oct/2000:13:50:35 -0700] "GET /a HTTP/1.0" ⟦404⟧ 4355',
        '    $1 = 127.0.0.1',
        '    $2 = -',
        '    $3 = frank',
        '    $4 = 10/Oct/2000:13:50:35 -0700',
        '    $request = GET /a HTTP/1.0',
        '    $status = 404',
        '    $size = 4355',
        '1 of 2 events match',
        '',
      ].join('\n'),
      err: '',
    })
  })

  it('answers as TestMetricFilter does with --json, from the standard input', () => {
    const { status, out } = tailrace(['pattern', 'test', '--json', '[a, b=y]'], 'x z\nx y\n')
    expect(status).toBe(0)
    const match = { eventNumber: 2, eventMessage: 'x y', extractedValues: { $a: 'x', $b: 'y' } }
    expect(JSON.parse(out)).toEqual({ matches: [match] })
  })

  it('takes a pattern that begins with a hyphen after two, and ends with 1 if nothing matches', () => {
    expect(tailrace(['pattern', 'test', '--', '-DEBUG'], 'DEBUG 1\n')).toMatchObject({
      status: 1,
      out: '0 of 1 events match\n',
    })
  })

  it('explains a pattern', () => {
    expect(tailrace(['pattern', 'explain', 'ERROR -"health check"']).out).toBe(
      'Matches events that contain "ERROR" and do not contain "health check".\n',
    )
  })

  it('ends with 2 and draws the place where a pattern is wrong', () => {
    const { status, out, err } = tailrace(['pattern', 'explain', '{ $.a == 1 }'])
    expect([status, out]).toEqual([2, ''])
    expect(err).toBe(
      [
        'pattern:1:8: error: expected a value, found "=" (filter-pattern/expected)',
        '  1 | { $.a == 1 }',
        '    |        ^',
        'hint: equality is written "="',
        '',
      ].join('\n'),
    )
  })

  it('ends with 2 for a file that is not there and for a command that is none', () => {
    expect(tailrace(['pattern', 'test', 'x', join(folder, 'absent')])).toMatchObject({ status: 2, out: '' })
    expect(tailrace(['pattern', 'nonsense']).status).toBe(2)
  })
})

describe('readLines', () => {
  it('joins what chunks cut, in the middle of a character too', async () => {
    const bytes = Buffer.from('é1\r\n\n😀\u2028x')
    async function* chunks() {
      for (const byte of bytes) yield Buffer.from([byte])
    }
    const lines: string[] = []
    for await (const line of readLines(chunks())) lines.push(line)
    expect(lines).toEqual(['é1', '', '😀\u2028x'])
  })
})

describe('highlight', () => {
  it('marks parts and shows control characters without obeying them', () => {
    expect(highlight('a\x1b[2Jbc', [{ start: 5, end: 6 }], false)).toBe('a\\x1b[2J⟦b⟧c')
    expect(highlight('abc', [{ start: 1, end: 2 }], true)).toBe('a\x1b[7mb\x1b[27mc')
    expect(printable('a\tb\u009bc\n')).toBe('a\tb\\x9bc\\x0a')
  })
})
