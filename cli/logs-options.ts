import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import { createLogsClient, type LogsCaller, logsCaller } from '../shared/jobs/logs-client.js'
import { regionOf } from './region.js'
import { obeys } from './terminal.js'

/** What the commands that do what a function of the stack does share. */
export interface JobOptions {
  readonly lake?: string
  readonly pipeline?: string
  readonly stack: string
  readonly region?: string
  readonly apply?: boolean
  readonly json?: boolean
}

/** What the commands that change log groups share. */
export interface LogsJobOptions extends JobOptions {
  readonly plan?: string
  readonly save?: string
  readonly rate?: string
}

export const defaultStack = 'tailrace-dev'

export function addLogsJobOptions(command: Command): Command {
  return command
    .option('--apply', 'do what the plan says; without it, nothing is changed')
    .option('--save <file>', 'write the plan to a file')
    .option('--plan <file>', 'with --apply: do the steps of a saved plan that still hold, and no others')
    .option('--pipeline <file>', 'the configuration, pipeline.yml if left out')
    .option('--lake <place>', 'main bucket of the stack, where jobs keep their state: s3://bucket/prefix or directory')
    .option('--stack <name>', 'name of the stack', defaultStack)
    .option('--region <region>', "region of the log groups; the environment's if left out")
    .option('--rate <calls>', "calls a second of each operation; half of CloudWatch's quotas if left out")
    .option('--json', 'print one JSON document')
}

/** @throws when options are given that exclude each other */
export function checkLogsJobOptions({ apply, plan }: LogsJobOptions): void {
  if (plan !== undefined && apply !== true) throw new Error('--plan names a plan to apply: add --apply')
}

interface Places {
  readonly lake?: string | undefined
  readonly raw?: string | undefined
  readonly pipeline?: string | undefined
  readonly region?: string | undefined
  readonly stack: string
}

/** The options that say where, as they were given: what a command that goes on from this one needs as well. */
export function placeOptions({ lake, raw, pipeline, region, stack }: Places): string {
  const given = { lake, raw, pipeline, region, stack: stack === defaultStack ? undefined : stack }
  return Object.entries(given)
    .map(([name, value]) => (value === undefined ? '' : ` --${name} ${value}`))
    .join('')
}

/**
 * Calls with the credentials of the environment, at the pace that CloudWatch Logs has; says when it has to wait.
 * @throws when no region is known, or the rate is no number
 */
export async function openLogs({ region, rate }: Pick<LogsJobOptions, 'region' | 'rate'>): Promise<LogsCaller> {
  const callsPerSecond = rate === undefined ? undefined : Number(rate)
  if (callsPerSecond !== undefined && !(callsPerSecond > 0)) {
    throw new Error(`--rate: expected a number of calls a second, found ${JSON.stringify(rate)}`)
  }
  return logsCaller({
    client: createLogsClient(await regionOf(region)),
    now: Date.now,
    sleep: (ms, signal) => sleep(ms, undefined, signal === undefined ? {} : { signal }),
    random: Math.random,
    ...(callsPerSecond === undefined ? {} : { callsPerSecond }),
    onRetry: (operation, code, waitMs) => progress(`${operation}: ${code}, again in ${(waitMs / 1000).toFixed(1)} s`),
  })
}

/** One line that the next one replaces, on a terminal only. */
export function progress(line: string): void {
  if (obeys(process.stderr)) process.stderr.write(`\r${line}\x1b[K`)
}

export function endProgress(): void {
  progress('')
  if (obeys(process.stderr)) process.stderr.write('\r')
}

export function readText(file: string): string {
  return readFileSync(file, 'utf8')
}
