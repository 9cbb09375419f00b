#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { ObjectStoreError } from '../shared/store/errors.js'

// The SDK is pinned, so its note on what later versions will need is none of the user's business.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true'

const { version, description } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))

const program = new Command('tailrace').description(description).version(version).exitOverride()
const setExitCode = (code: number) => {
  process.exitCode = code
}
/** Each is loaded when it is called: all of them together take longer than a query. */
const commands = {
  pattern: async () => (await import('./commands/pattern.js')).patternCommand,
  metrics: async () => (await import('./commands/metrics.js')).metricsCommand,
  query: async () => (await import('./commands/query.js')).queryCommand,
  explain: async () => (await import('./commands/explain.js')).explainCommand,
  queries: async () => (await import('./commands/queries.js')).queriesCommand,
  complete: async () => (await import('./commands/complete.js')).completeCommand,
  completion: async () => (await import('./commands/completion.js')).completionCommand,
  subscribe: async () => (await import('./commands/subscribe.js')).subscribeCommand,
  retain: async () => (await import('./commands/retain.js')).retainCommand,
  replay: async () => (await import('./commands/replay.js')).replayCommand,
  export: async () => (await import('./commands/export.js')).exportCommand,
  import: async () => (await import('./commands/import.js')).importCommand,
  groups: async () => (await import('./commands/groups.js')).groupsCommand,
  streams: async () => (await import('./commands/streams.js')).streamsCommand,
  events: async () => (await import('./commands/events.js')).eventsCommand,
  fields: async () => (await import('./commands/fields.js')).fieldsCommand,
  tail: async () => (await import('./commands/tail.js')).tailCommand,
  search: async () => (await import('./commands/search.js')).searchCommand,
  erase: async () => (await import('./commands/erase.js')).eraseCommand,
  lake: async () => (await import('./commands/lake.js')).lakeCommand,
}
const named = process.argv[2] ?? ''
/** Commands that take one query or pattern. */
const quoted = ['query', 'explain', 'search', 'tail', 'complete']
const isOne = Object.hasOwn(commands, named) && named !== 'completion'
const loaded = isOne ? [commands[named as keyof typeof commands]] : Object.values(commands)
for (const create of await Promise.all(loaded.map(load => load()))) {
  const command = create({ setExitCode })
  for (const each of [command, ...command.commands]) each.copyInheritedSettings(program)
  program.addCommand(command)
}

// A reader that has seen enough, such as `head`, closes the pipe: that ends the command and is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') process.stderr.write(`tailrace: the output cannot be written: ${error.message}\n`)
  process.exit(error.code === 'EPIPE' ? undefined : 2)
})

try {
  await program.parseAsync()
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : 2
    if (error.code === 'commander.excessArguments' && quoted.includes(named))
      process.stderr.write(`hint: what has blanks in it stands in quotes: tailrace ${named} '…'\n`)
  } else {
    process.stderr.write(`tailrace: ${messageOf(error)}\n`)
    process.exitCode = 2
  }
}

/** The failures of the world that a command meets most are said without codes and calls, and with what helps. */
function messageOf(error: unknown): string {
  const { code, path, name, message = String(error), cause } = error as Partial<NodeJS.ErrnoException>
  const isOfStore = error instanceof ObjectStoreError
  if (((isOfStore ? cause : error) as Partial<Error> | undefined)?.name === 'CredentialsProviderError')
    return `${message}; log in, or name a profile in AWS_PROFILE`
  if (name === 'FooterUnreadable' && message.startsWith('landing/'))
    return `${message}; tailrace lake commit sets it aside`
  if (code === 'EISDIR') return 'a folder was named; name the files in it'
  if (path === undefined) return message
  if (code === 'ENOENT') return `${path} does not exist`
  return `${path} cannot be read: ${message}`
}
