/** `npm start`: the one-machine system. `--help` says what it does, docs/local.md says more. */
import { resolve } from 'node:path'
import { parseArguments, usage } from './start/arguments.js'
import { explain } from './start/explain.js'
import { interrupted, start } from './start/start.js'

const root = resolve(import.meta.dirname, '..')
// npm changes to the project's folder; the user's paths start where npm was called.
const parsed = parseArguments(process.argv.slice(2), { cwd: process.env.INIT_CWD ?? process.cwd(), root })

if (parsed.kind === 'help') {
  console.log(usage)
} else if (parsed.kind === 'wrong') {
  console.error(`${parsed.message}\n\n${usage}`)
  process.exitCode = 2
} else {
  const stop = new AbortController()
  onStopSignal(() => stop.abort())
  try {
    process.exitCode = await start(root, parsed.options, stop.signal)
  } catch (error) {
    const message = explain(error, parsed.options.data)
    if (stop.signal.aborted) process.exitCode = interrupted
    else if (message === undefined) throw error
    else {
      console.error(`\n${message}`)
      process.exitCode = 1
    }
  }
}

/** One Ctrl-C can arrive twice, from the terminal and from npm; one some time later means "now". */
function onStopSignal(handle: () => void): void {
  let first: number | undefined
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (first !== undefined && performance.now() - first > 500) process.exit(interrupted)
      first ??= performance.now()
      handle()
    })
  }
}
