import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { completeCommand } from '../../cli/commands/complete.js'
import { completionCommand } from '../../cli/commands/completion.js'
import { eventsCommand } from '../../cli/commands/events.js'
import { explainCommand } from '../../cli/commands/explain.js'
import { fieldsCommand } from '../../cli/commands/fields.js'
import { groupsCommand } from '../../cli/commands/groups.js'
import { queriesCommand } from '../../cli/commands/queries.js'
import { queryCommand } from '../../cli/commands/query.js'
import { searchCommand } from '../../cli/commands/search.js'
import { streamsCommand } from '../../cli/commands/streams.js'
import { tailCommand } from '../../cli/commands/tail.js'
import { sampleQueries } from '../../shared/insights/index.js'

const root = resolve(import.meta.dirname, '../..')
const guide = readFileSync(join(root, 'docs/cli.md'), 'utf8')
const context = { setExitCode: () => undefined }
const commands = [
  queryCommand,
  explainCommand,
  searchCommand,
  queriesCommand,
  completeCommand,
  completionCommand,
  groupsCommand,
  streamsCommand,
  eventsCommand,
  fieldsCommand,
  tailCommand,
].map(create => create(context))

/** A command and those below it, by their full names. */
function named(command: Command, before: string): readonly (readonly [string, Command])[] {
  const name = `${before}${command.name()}`
  const below = command.createHelp().visibleCommands(command)
  return [[name, command], ...below.filter(one => one.name() !== 'help').flatMap(one => named(one, `${name} `))]
}

describe('docs/cli.md', () => {
  it('names every command of the folder', () => {
    const files = readdirSync(join(root, 'cli/commands')).map(file => file.replace('.ts', ''))
    expect(files.filter(name => !guide.includes(`tailrace ${name}`))).toEqual([])
  })

  it.each(commands.flatMap(command => named(command, 'tailrace ')))(
    'tells every option of %s, and none besides',
    (name, command) => {
      const own = command.options.map(({ long }) => long).filter(long => long !== undefined)
      const start = guide.indexOf(`### \`${name}`)
      if (own.length === 0 && command.commands.length > 0) return
      expect(start).toBeGreaterThan(-1)
      const rest = guide.slice(start + 4)
      const end = rest.search(/\n##/)
      const section = end === -1 ? rest : rest.slice(0, end)
      const scope = ['--group', '--since', '--until', '--lake', '--json', '--csv', '--raw']
      const told = [...section.matchAll(/`(--[a-z-]+)/g)].map(([, option]) => option!)
      expect(own.filter(option => !told.includes(option) && !scope.includes(option))).toEqual([])
      expect(told.filter(option => !own.includes(option))).toEqual([])
    },
  )

  it('names every source of sample queries', () => {
    const sources = [...new Set(sampleQueries.map(({ source }) => source))]
    expect(sources.filter(source => !guide.includes(`\`${source}\``))).toEqual([])
  })
})
