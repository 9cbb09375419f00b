import { randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { Command } from 'commander'
import { matchSampled } from '../../shared/config/match.js'
import { counted } from '../../shared/diagnostics/table.js'
import { type ApplyReport, addReports, readPlan, stillRight } from '../../shared/jobs/job-plan.js'
import { takeLease } from '../../shared/jobs/lease.js'
import { listGroups } from '../../shared/jobs/list-groups.js'
import { createBatchApplier } from '../../shared/jobs/subscribe/apply-subscribe.js'
import { subscribeOperations } from '../../shared/jobs/subscribe/logs-operations.js'
import {
  type PlanOptions,
  planSubscribe,
  planUnsubscribe,
  settingsIdOf,
} from '../../shared/jobs/subscribe/plan-subscribe.js'
import type { SubscribeApi } from '../../shared/jobs/subscribe/run-subscribe.js'
import { type LoadedState, readSubscribeState } from '../../shared/jobs/subscribe/subscribe-state.js'
import type { SubscribePlan, SubscribeStep } from '../../shared/jobs/subscribe/subscribe-step.js'
import type { StackDestination } from '../../shared/jobs/subscribe/wanted-filter.js'
import type { ObjectStore } from '../../shared/store/object-store.js'
import { openLake } from '../lake.js'
import {
  addLogsJobOptions,
  checkLogsJobOptions,
  endProgress,
  type LogsJobOptions,
  openLogs,
  placeOptions,
  progress,
  readText,
} from '../logs-options.js'
import { howToApply, outcomeLines, skippedLines, stepLines } from '../print-job.js'
import { readPipeline } from '../read-pipeline.js'

const help = `
Compares the log groups of the account with the section subscriptions of pipeline.yml, and shows what would be done: the
groups that would be subscribed or not any more, and those that cannot be, with the reason. Filters that Tailrace did
not make are never changed (docs/subscribe.md).

  tailrace subscribe --lake s3://bucket                       what would be done, and why
  tailrace subscribe --lake s3://bucket --save plan.json      the same, kept
  tailrace subscribe --lake s3://bucket --apply --plan plan.json
  tailrace subscribe --lake s3://bucket --remove --apply      take away every filter and policy, before the stack goes

Exit status: 0 done, or nothing to do; 1 something needs attention or failed; 2 an argument or the configuration is wrong.`

interface Options extends LogsJobOptions {
  readonly destination?: string
  readonly role?: string
  readonly remove?: boolean
}

/** `tailrace subscribe`: subscription filters for the groups that pipeline.yml selects. */
export function subscribeCommand({ setExitCode }: { readonly setExitCode: (code: number) => void }): Command {
  return addLogsJobOptions(new Command('subscribe').description('show or make the subscription filters of log groups'))
    .option('--destination <arn>', "the stack's function or stream; if left out, as the stack's own runs have it")
    .option('--role <arn>', 'role that CloudWatch Logs writes to a stream with')
    .option('--remove', 'take away what was made at run time')
    .addHelpText('after', help)
    .action(async (options: Options) => setExitCode(await run(options)))
}

async function run(options: Options): Promise<number> {
  checkLogsJobOptions(options)
  const pipeline = readPipeline(options.pipeline)
  const { subscriptions } = pipeline
  const nothing = { by: 'filter', destination: 'stack', formerly: [], dataPath: [], groups: [] } as const
  if (subscriptions === null && options.remove !== true) {
    throw new Error('pipeline.yml has no section subscriptions: docs/subscribe.md shows one')
  }
  const settings = subscriptions ?? nothing
  const logs = subscribeOperations(await openLogs(options))
  const store = openLake(options.lake)
  const loaded = await readSubscribeState(store)
  const destination = await destinationOf(options, loaded, logs)
  const planning: PlanOptions = {
    logs,
    stack: options.stack,
    settings,
    destination,
    isSampled: matchSampled(pipeline),
    state: loaded.state,
    now: Date.now,
    callsOnGroups: Number.POSITIVE_INFINITY,
  }
  const onPage = (groups: number) => progress(counted(groups, 'log group'))
  const plan = await (options.remove === true ? planUnsubscribe : planSubscribe)({ ...planning, onPage })
  endProgress()
  if (options.save !== undefined) writeFileSync(options.save, `${JSON.stringify(plan, null, 2)}\n`)
  if (options.apply !== true) return show(plan, options)
  return await apply(plan, options, { ...planning, logs, store, loaded })
}

const whatWasMissed =
  'Events from now on are delivered. What came before is noted below state/backfill/; an export with import: true brings it in (docs/export.md).'

/** As the stack's function has said; before it has run, the account of the groups tells what it is in direct mode. */
async function destinationOf(options: Options, { state }: LoadedState, logs: SubscribeApi): Promise<StackDestination> {
  if (options.destination !== undefined) return { arn: options.destination, roleArn: options.role ?? null }
  if (state.destination !== undefined) return state.destination
  for await (const { groups } of listGroups(logs)) {
    const [, partition, , region, account] = groups[0]?.arn.split(':') ?? []
    if (account === undefined) break
    return { arn: `arn:${partition}:lambda:${region}:${account}:function:${options.stack}-ingest`, roleArn: null }
  }
  throw new Error('there is no log group to tell the account from: name the function or stream with --destination')
}

function show(plan: SubscribePlan & { readonly counts?: { readonly kept: number } }, options: Options): number {
  if (options.json === true) process.stdout.write(`${JSON.stringify(plan)}\n`)
  else {
    const kept =
      plan.counts === undefined || plan.counts.kept === 0
        ? ''
        : `, ${plan.counts.kept} ${plan.counts.kept === 1 ? 'is as it' : 'are as they'} should be`
    const lines = [
      `${counted(plan.targets, 'log group')}: ${counted(plan.steps.length, 'step')} to do${kept}`,
      '',
      ...stepLines(plan.steps),
      ...skippedLines(plan.skipped),
      howToApply(plan, `subscribe${options.remove === true ? ' --remove' : ''}${givenOptions(options)}`, options.save),
    ]
    process.stdout.write(`${lines.join('\n')}\n`)
  }
  return plan.skipped.some(({ isProblem }) => isProblem) ? 1 : 0
}

function givenOptions(options: Options): string {
  const { destination, role } = options
  const given = Object.entries({ destination, role }).filter(([, value]) => value !== undefined)
  return placeOptions(options) + given.map(([name, value]) => ` --${name} ${value}`).join('')
}

const batchSize = 1_000

async function apply(
  plan: SubscribePlan,
  options: Options,
  context: PlanOptions & { readonly logs: SubscribeApi; readonly store: ObjectStore; readonly loaded: LoadedState },
): Promise<number> {
  const { logs, store, loaded, settings, destination } = context
  const held =
    options.plan === undefined
      ? null
      : readPlan<SubscribeStep>(readText(options.plan), { name: options.plan, job: plan.job, stack: plan.stack })
  const { steps, changed } = held === null ? { steps: plan.steps, changed: [] } : stillRight(held.steps, plan.steps)
  const runId = `cli-${randomUUID().slice(0, 8)}`
  const lease = await takeLease(store, { job: 'subscribe', holder: runId, lastsMs: 16 * 60_000, now: Date.now })
  let report: ApplyReport<SubscribeStep> = { done: 0, left: 0, changed, failed: [] }
  let finished = 0
  try {
    const applier = createBatchApplier(
      {
        logs,
        store,
        stack: options.stack,
        settingsId: settingsIdOf(settings, destination),
        state: loaded.state,
        now: Date.now,
        runId,
        concurrency: 4,
        renewLease: () => lease.renew(),
        onStep: () => progress(`${++finished} of ${counted(steps.length, 'step')}`),
      },
      loaded.etag,
    )
    for (let from = 0; from < steps.length; from += batchSize) {
      report = addReports(report, await applier.apply(steps.slice(from, from + batchSize)))
    }
    await applier.save()
  } finally {
    await lease.release()
    endProgress()
  }
  const missed = steps.filter(step => step.action === 'put-subscription-filter' && step.missed !== null).length
  const lines = [...outcomeLines(report), ...skippedLines(plan.skipped), ...(missed > 0 ? [whatWasMissed] : [])]
  process.stdout.write(
    options.json === true ? `${JSON.stringify({ ...report, skipped: plan.skipped })}\n` : `${lines.join('\n')}\n`,
  )
  return report.failed.length > 0 || report.left > 0 || plan.skipped.some(({ isProblem }) => isProblem) ? 1 : 0
}
