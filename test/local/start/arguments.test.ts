import { describe, expect, it } from 'vitest'
import { parseArguments, streamOfFile, usage } from '../../../local/start/arguments.js'

const folders = { cwd: '/home/me', root: '/project' }
const parse = (...args: string[]) => parseArguments(args, folders)

describe('the arguments of npm start', () => {
  it('have defaults', () => {
    expect(parse()).toEqual({
      kind: 'start',
      options: {
        once: false,
        json: false,
        reset: false,
        port: 4566,
        data: '/project/.tailrace',
        files: [],
        logGroup: '/local/files',
        logStream: undefined,
      },
    })
  })

  it('name files from where npm was called, one after --logs or several', () => {
    const parsed = parse('--logs', 'a.log', '/var/b.log', '--logs', 'c.log', '--group', '/my/app', '--stream', 's')
    expect(parsed).toMatchObject({
      options: { logGroup: '/my/app', logStream: 's' },
    })
    const files = parsed.kind === 'start' ? [...parsed.options.files].sort() : []
    expect(files).toEqual(['/home/me/a.log', '/home/me/c.log', '/var/b.log'])
  })

  it('are described', () => {
    expect(parse('--help', '--once')).toEqual({ kind: 'help' })
    for (const line of usage.split('\n')) expect(line.length).toBeLessThan(100)
  })

  it.each([
    [['--onec'], "Unknown option '--onec'"],
    [['--port'], "Option '--port <value>' argument missing"],
    [['--port', '70000'], '--port 70000: expected 0 to 65535'],
    [['--port', 'http'], '--port http: expected 0 to 65535'],
    [['a.log'], 'a.log: files are given with --logs'],
    [['--group', '/a'], '--group is for files given with --logs'],
    [['--json'], '--json is for --once'],
    [['--logs', 'a', '--group', 'a b'], '--group a b: expected up to 512 of A-Z a-z 0-9 - _ . / #'],
    [['--logs', 'a', '--stream', 'a:b'], '--stream a:b: expected up to 512 characters other than : and *'],
  ])('say what is wrong with %j', (args, message) => {
    expect(parse(...args)).toEqual({ kind: 'wrong', message })
  })

  it('give a file the log stream of its name', () => {
    expect(streamOfFile('/var/log/a:b*.log')).toBe('a_b_.log')
  })
})
