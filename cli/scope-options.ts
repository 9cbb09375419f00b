import type { Command } from 'commander'
import type { ObjectStore } from '../shared/store/object-store.js'
import { hasLocalLake, openLake, type Times } from './lake.js'
import { readTime } from './times.js'

/** What of a lake a command looks at. */
export interface ScopeOptions {
  readonly group?: readonly string[]
  readonly since?: string
  readonly until?: string
  readonly lake?: string
}

export const scopeHelp = `Times are UTC: 2026-01-15 or 2026-01-15T10:30Z, so long ago (90s, 90m, 6h, 2d, 1w), now, or seconds or milliseconds since
the epoch. The lake of the one-machine system, below .tailrace, is read unless --lake names another.`

export function addScopeOptions(command: Command): Command {
  const about = 'log group or glob (* any characters, ? one); may be repeated; all if left out'
  return addRangeOptions(command.option('--group <name>', about, collect))
}

/** For commands whose arguments name the groups. */
export function addRangeOptions(command: Command): Command {
  return command
    .option('--since <time>', 'earliest event time')
    .option('--until <time>', 'latest event time; now if only --since is given')
    .option('--lake <place>', 'directory or s3://bucket/prefix')
}

/** For options that may be repeated. */
export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}

export interface Scope {
  readonly globs: readonly string[] | undefined
  readonly times: Times
  readonly now: number
  /** Opens the lake when it is asked for, so that a wrong query is told without one. */
  readonly lake: () => ObjectStore
  /** A lake was named, or there is that of the one-machine system. */
  readonly hasLake: () => boolean
}

/** Throws what is wrong with the options. */
export function readScope({ group, since, until, lake }: ScopeOptions, now: number): Scope {
  const from = since === undefined ? null : readTime(since, now)
  // A range that begins somewhere ends now, so that commands which compare with an earlier one know how long it is.
  const to = until !== undefined ? readTime(until, now) : from === null ? null : Math.max(from, now)
  if (from !== null && to !== null && from > to) {
    const times = [from, to].map(ms => new Date(ms).toISOString()).join(' is after --until ')
    throw new Error(`the range has no time in it: --since ${times}`)
  }
  return {
    globs: group,
    times: { from, to },
    now,
    lake: () => openLake(lake),
    hasLake: () => lake !== undefined || hasLocalLake(),
  }
}
