import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { completeCommand } from '../../cli/commands/complete.js'
import { completionCommand } from '../../cli/commands/completion.js'
import { eventsCommand } from '../../cli/commands/events.js'
import { groupsCommand } from '../../cli/commands/groups.js'
import { queriesCommand } from '../../cli/commands/queries.js'
import { queryCommand } from '../../cli/commands/query.js'
import { knownGroups } from '../../cli/known-groups.js'
import { shellScripts } from '../../cli/shell/scripts.js'
import { shellWords } from '../../cli/shell/words.js'
import { diskStore } from '../../shared/store/disk.js'
import { events, payload } from '../helpers/payload.js'
import { land } from './lake-of.js'
import { runCommand } from './run-command.js'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tailrace-completion-test-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const context = { setExitCode: () => undefined }
const program = new Command('tailrace')
for (const create of [queryCommand, queriesCommand, eventsCommand, groupsCommand, completionCommand])
  program.addCommand(create(context))

const dynamic = {
  groups: async (lake: string | undefined) => [`/of/${lake ?? 'here'}`, '/ecs/orders'],
  queries: async () => ['mine', 'lambda/cold-starts'],
}

async function words(...typed: readonly string[]): Promise<readonly string[]> {
  const found = await shellWords(program, typed, dynamic)
  return found.takesFiles ? [':files'] : found.words.map(({ word }) => word)
}

describe("the shell's completion", () => {
  it('knows commands, options and their values', async () => {
    expect(await words('')).toEqual(['query', 'queries', 'events', 'groups', 'completion', 'help'])
    expect(await words('quer')).toEqual(['query', 'queries'])
    expect(await words('query', '--c')).toEqual(['--csv', '--chart'])
    expect(await words('query', '--group', '/e')).toEqual(['/ecs/orders'])
    expect(await words('query', '--lake', 'there', '--group', '')).toEqual(['/of/there', '/ecs/orders'])
    expect(await words('query', '--lake', '')).toEqual([':files'])
    expect(await words('query', '--since', '')).toEqual([])
    expect(await words('queries', '')).toEqual(['list', 'show', 'run', 'save', 'delete', 'help'])
    expect(await words('queries', 'run', 'la')).toEqual(['lambda/cold-starts'])
    expect(await words('events', '/e')).toEqual(['/ecs/orders'])
    expect(await words('events', '/ecs/orders', '')).toEqual([])
    expect(await words('groups', '--since', '1h', '/ecs/a', '/e')).toEqual(['/ecs/orders'])
    expect(await words('completion', '')).toEqual(['bash', 'zsh', 'fish', 'help'])
    expect(await words('query', '--engine', '')).toEqual(['auto', 'duckdb', 'athena'])
  })

  it('knows them within quotes and behind the sign of an option', async () => {
    expect(await words('query', '--group', "'/e")).toEqual(['/ecs/orders'])
    expect(await words('query', '--group', '"/e')).toEqual(['/ecs/orders'])
    expect(await words('query', '--group', '/ecs\\/o')).toEqual(['/ecs/orders'])
    expect(await words('query', '--group=/e')).toEqual(['--group=/ecs/orders'])
    expect(await words('query', "--group='/e")).toEqual(['--group=/ecs/orders'])
    expect(await words('query', '--engine=d')).toEqual(['--engine=duckdb'])
    expect(await words('query', '--lake=there', '--group', '/of')).toEqual(['/of/there'])
    expect(await words('query', "--lake='there'", '--group', '/of')).toEqual(['/of/there'])
    expect(await words('query', '--lake', "'there'", '--group', '/of')).toEqual(['/of/there'])
    expect(await words('query', '--lake=')).toEqual([':files'])
    expect(await words('query', '--json=', '')).toEqual([])
  })

  it('finds log groups in the footers of landing objects', async () => {
    const store = diskStore(folder)
    await land(store, [payload(events(['a'])), payload(events(['b']), { logGroup: '/aws/lambda/pay' })])
    expect(await knownGroups(store)).toEqual(['/aws/lambda/pay', '/ecs/orders'])
  })

  it('has scripts that the shells take', async () => {
    for (const shell of ['bash', 'zsh', 'fish'] as const) {
      const { out } = await runCommand(completionCommand, [shell])
      expect(out).toBe(shellScripts[shell])
    }
    const script = join(folder, 'complete.bash')
    const fake = "tailrace() { printf '%s\\t%s\\n' '/ecs/orders' 'a group'; }"
    const ask = 'COMP_WORDS=(tailrace query --group /e); COMP_CWORD=3; _tailrace; printf "%s\\n" $COMPREPLY'
    await writeFile(script, `${fake}\n${shellScripts.bash}\n${ask}\n`)
    expect(execFileSync('bash', [script], { encoding: 'utf8' })).toBe('/ecs/orders\n')
  })

  it('gives bash what it replaces, which cuts words at signs', async () => {
    const script = join(folder, 'cut.bash')
    const asked = join(folder, 'asked')
    const fake = `tailrace() { printf '%s\\n' "$*" >> ${asked}; printf '%s\\t%s\\n' '--group=/ecs/a#b' ''; }`
    const ask = (...typed: readonly string[]) =>
      `COMP_WORDS=(tailrace ${typed.join(' ')}); COMP_CWORD=${typed.length}; _tailrace; printf '%s\\n' "\${COMPREPLY[@]}"`
    const lines = [
      ask('query', '--group', '=', '/e'),
      ask('query', '--group', '='),
      ask('query', '--group', '=', '"\'/e"'),
    ]
    await writeFile(script, `${fake}\n${shellScripts.bash}\n${lines.join('\n')}\n`)
    // A "#" need not be escaped within quotes.
    expect(execFileSync('bash', [script], { encoding: 'utf8' })).toBe('/ecs/a#b\n/ecs/a#b\n/ecs/a#b\n')
    const started = 'completion words -- query'
    expect(await readFile(asked, 'utf8')).toBe(`${started} --group=/e\n${started} --group=\n${started} --group='/e\n`)
  })
})

describe('tailrace complete', () => {
  it('prints lines or JSON', async () => {
    const lines = await runCommand(completeCommand, ['filter @type = "REPORT" | sta'])
    expect(lines.out).toMatch(/^command\tstats\tstats <aggregate>/)
    const json = await runCommand(completeCommand, ['fields sta', '--cursor', '10', '--field', 'status', '--json'])
    const { span, items } = JSON.parse(json.out)
    expect(span).toEqual({ start: 7, end: 10 })
    expect(items.slice(0, 2)).toMatchObject([
      { kind: 'field', insert: 'status' },
      { insert: 'startsWith()', caret: 11 },
    ])
    expect((await runCommand(completeCommand, ['a', '--cursor', 'x'])).code).toBe(2)
    expect((await runCommand(completeCommand, ['a', '--cursor', '2'])).err).toContain('from 0 to 1')
  })
})
