#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { completeCommand } from './commands/complete.js'
import { completionCommand } from './commands/completion.js'
import { eraseCommand } from './commands/erase.js'
import { eventsCommand } from './commands/events.js'
import { explainCommand } from './commands/explain.js'
import { exportCommand } from './commands/export.js'
import { fieldsCommand } from './commands/fields.js'
import { groupsCommand } from './commands/groups.js'
import { importCommand } from './commands/import.js'
import { lakeCommand } from './commands/lake.js'
import { metricsCommand } from './commands/metrics.js'
import { patternCommand } from './commands/pattern.js'
import { queriesCommand } from './commands/queries.js'
import { queryCommand } from './commands/query.js'
import { replayCommand } from './commands/replay.js'
import { retainCommand } from './commands/retain.js'
import { searchCommand } from './commands/search.js'
import { streamsCommand } from './commands/streams.js'
import { subscribeCommand } from './commands/subscribe.js'
import { tailCommand } from './commands/tail.js'

const { version, description } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))

const program = new Command('tailrace').description(description).version(version).exitOverride()
const setExitCode = (code: number) => {
  process.exitCode = code
}
for (const create of [
  patternCommand,
  metricsCommand,
  queryCommand,
  explainCommand,
  queriesCommand,
  completeCommand,
  completionCommand,
  subscribeCommand,
  retainCommand,
  replayCommand,
  exportCommand,
  importCommand,
  groupsCommand,
  streamsCommand,
  eventsCommand,
  fieldsCommand,
  tailCommand,
  searchCommand,
  eraseCommand,
  lakeCommand,
]) {
  const command = create({ setExitCode })
  for (const each of [command, ...command.commands]) each.copyInheritedSettings(program)
  program.addCommand(command)
}

// A reader that has seen enough, such as `head`, closes the pipe: that ends the command and is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit()
  throw error
})

try {
  await program.parseAsync()
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2
  else {
    process.stderr.write(`tailrace: ${messageOf(error)}\n`)
    process.exitCode = 2
  }
}

/** Files that a user names are the world's failures that a command meets most: those are said without codes and calls. */
function messageOf(error: unknown): string {
  const { code, path, message = String(error) } = error as Partial<NodeJS.ErrnoException>
  if (code === 'EISDIR') return 'a folder was named; name the files in it'
  if (path === undefined) return message
  if (code === 'ENOENT') return `${path} does not exist; the standard input is read when no file is named`
  return `${path} cannot be read: ${message}`
}
