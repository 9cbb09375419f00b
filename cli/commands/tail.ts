import { setTimeout as wait } from 'node:timers/promises'
import { Command } from 'commander'
import { compilePattern, parsePattern } from '../../shared/filter-pattern/index.js'
import type { ObjectStore } from '../../shared/store/object-store.js'
import { follow } from '../follow.js'
import { interruptible } from '../interrupt.js'
import { knownGroups } from '../known-groups.js'
import { matching, noSuchGroup } from '../log-groups.js'
import { onlyOne } from '../only-one.js'
import { eventLine, rawLine } from '../output/print-events.js'
import { refuse } from '../output/refuse.js'
import { collect, readScope } from '../scope-options.js'

const help = `
Shows events as they land, each once, until Ctrl-C; the last ten minutes first. With a filter pattern, those that it
matches (docs/filter-patterns.md). The lake of the one-machine system, below .tailrace, is followed unless --lake names
another.

  tailrace tail --group '/aws/lambda/*' '?ERROR ?WARN'

Exit status: 130 ended by Ctrl-C; 2 an argument, the pattern or the lake is wrong.`

interface Options {
  readonly group?: readonly string[]
  readonly since?: string
  readonly every?: string
  readonly lake?: string
  readonly json?: boolean
  readonly raw?: boolean
}

/** `tailrace tail`: follow what lands. */
export function tailCommand({ setExitCode }: { readonly setExitCode: (code: number) => void }): Command {
  return new Command('tail')
    .description('follow events as they land')
    .argument('[pattern]', 'a filter pattern')
    .option('--group <name>', 'log group or glob; may be repeated; all if left out', collect)
    .option('--since <time>', 'show what is there from then on first; 10m if left out')
    .option('--every <seconds>', 'how often to look; 2 if left out')
    .option('--lake <place>', 'directory or s3://bucket/prefix')
    .option('--json', 'print one JSON object a line')
    .option('--raw', 'print the messages only')
    .addHelpText('after', help)
    .action(async (pattern: string | undefined, options: Options) => setExitCode(await tail(pattern ?? '', options)))
}

function tail(pattern: string, options: Options): Promise<number> {
  const { group, since = '10m', every = '2', lake, json, raw } = options
  onlyOne(options, 'json', 'raw')
  if (!/^\d{1,4}(?:\.\d{1,3})?$/.test(every) || Number(every) < 0.1)
    throw new Error(`expected seconds from 0.1 on, found ${JSON.stringify(every)}`)
  return interruptible(async signal => {
    const parsed = parsePattern(pattern)
    if ('diagnostics' in parsed) return refuse(pattern, parsed.diagnostics, json === true, 'pattern')
    const scope = readScope({ since, ...(lake === undefined ? {} : { lake }) }, Date.now())
    const lakeStore = scope.lake()
    const { matches } = compilePattern(parsed.ast)
    const followed = {
      from: scope.times.from ?? scope.now,
      groups: group,
      matches: (message: string) => matches(message),
      everyMs: Number(every) * 1000,
    }
    let unseen = group ?? []
    const sleep = (ms: number, given: AbortSignal) => {
      // After the first look and beside the next: where commits are behind, the footers of all that has landed are read.
      if (unseen.length > 0) tellUnknown(lakeStore, unseen, signal).catch(() => {})
      unseen = []
      return wait(ms, undefined, { signal: given })
    }
    for await (const events of follow(lakeStore, followed, signal, sleep)) {
      const seen = [...new Set(unseen.length === 0 ? [] : events.map(({ logGroup }) => logGroup))]
      unseen = unseen.filter(name => matching(seen, [name]).length === 0)
      for (const event of events) {
        if (json === true) process.stdout.write(`${JSON.stringify(event)}\n`)
        else if (raw === true) process.stdout.write(rawLine(event))
        else process.stdout.write(eventLine(event, { groups: true, streams: true }))
      }
    }
    return 0
  })
}

/**
 * Says of each name or glob that no log group fits yet. Rejects where the lake cannot be read, which the one who follows it
 * hears anyway.
 */
async function tellUnknown(lake: ObjectStore, groups: readonly string[], signal: AbortSignal): Promise<void> {
  const known = await knownGroups(lake, { signal })
  for (const name of groups.filter(one => matching(known, [one]).length === 0)) {
    const { message } = noSuchGroup([name], known)
    process.stderr.write(`${message}${message.endsWith('?') ? '' : '.'} Waiting for its first event.\n`)
  }
}
