import type { Command } from 'commander'
import type { ResultRow } from '../shared/engine/render-row.js'
import { ask, type Question } from './ask.js'
import { countStreams, type StreamCount } from './count-streams.js'
import { interruptible } from './interrupt.js'
import { knownGroups } from './known-groups.js'
import type { Times } from './lake.js'
import type { KnownGroups } from './log-groups.js'
import { remoteAnswerer } from './remote/remote-answerer.js'
import { checkOptions } from './remote/run-remotely.js'
import { addRangeOptions, readScope, type Scope, type ScopeOptions } from './scope-options.js'
import { openSession } from './session.js'

/** Who answers what a command asks: the lake, read here, or the query function beside it. */
export interface Answerer {
  ask(question: Question): Promise<readonly ResultRow[]>
  /** Those with events in the range at least. */
  readonly knownGroups: KnownGroups
  readonly allGroups: KnownGroups
  /** Streams with events in the range, in no order, of these groups; of all where undefined. */
  countStreams(times: Times, groups: readonly string[] | undefined): Promise<readonly StreamCount[]>
  /** The same of groups. */
  countGroups(times: Times, groups: readonly string[] | undefined): Promise<readonly StreamCount[]>
}

export interface AnswererOptions extends ScopeOptions {
  /** Name of the query function. */
  readonly function?: string
}

export function addAnswererOptions(command: Command): Command {
  const about = 'have this query function answer (docs/query.md), and not this machine'
  return addRangeOptions(command).option('--function <name>', about)
}

/** Opens what the options name for a command, and closes it again. Gives the exit status. */
export function withAnswerer(
  options: AnswererOptions,
  run: (answerer: Answerer, scope: Scope) => Promise<number>,
): Promise<number> {
  return interruptible(async signal => {
    const scope = readScope(options, Date.now())
    if (options.function !== undefined) {
      checkOptions(options)
      return await run(remoteAnswerer(options.function, scope.times, signal), scope)
    }
    const session = openSession(scope.lake(), signal)
    const { lake } = session
    const known = () => knownGroups(lake, { signal })
    const answerer: Answerer = {
      ask: question => ask(session, question),
      knownGroups: known,
      allGroups: known,
      countStreams: (times, groups) => countStreams(lake, times, groups, { by: 'stream', signal }),
      countGroups: (times, groups) => countStreams(lake, times, groups, { by: 'group', signal }),
    }
    try {
      return await run(answerer, scope)
    } finally {
      await session.close()
    }
  })
}
