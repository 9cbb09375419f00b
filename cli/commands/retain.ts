import { randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { Command } from 'commander'
import { byteSize, counted, table } from '../../shared/diagnostics/table.js'
import { type ApplyReport, addReports, applySteps, readPlan, stillRight } from '../../shared/jobs/job-plan.js'
import { takeLease } from '../../shared/jobs/lease.js'
import { heldInLake } from '../../shared/jobs/retain/lake-holdings.js'
import { retainOperations } from '../../shared/jobs/retain/logs-operations.js'
import {
  planRetain,
  type RetainPlan,
  type RetainStep,
  retainStepIdentity,
} from '../../shared/jobs/retain/plan-retain.js'
import { createRetainCarryOut, type RetainApi } from '../../shared/jobs/retain/run-retain.js'
import type { PriceRange } from '../../shared/jobs/retain/storage-price.js'
import type { ObjectStore } from '../../shared/store/object-store.js'
import { lakeCatalog, openLake } from '../lake.js'
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
import { howToApply, outcomeLines, skippedLines } from '../print-job.js'
import { readPipeline } from '../read-pipeline.js'
import { printable } from '../terminal.js'

const help = `
Compares how long CloudWatch keeps log groups with the section logGroupRetention of pipeline.yml, and shows what would
be set, what that saves, and what is left alone, with the reason. Prices are list prices of us-east-1, a range, because
CloudWatch bills compressed bytes and does not say how it counts what it shows (docs/retain.md).

  tailrace retain --lake s3://bucket                     what would be set, and what it saves
  tailrace retain --lake s3://bucket --save plan.json    the same, kept
  tailrace retain --lake s3://bucket --apply --plan plan.json

Exit status: 0 done, or nothing to do; 1 something needs attention or failed; 2 an argument or the configuration is wrong.`

/** `tailrace retain`: how long CloudWatch keeps log groups. */
export function retainCommand({ setExitCode }: { readonly setExitCode: (code: number) => void }): Command {
  return addLogsJobOptions(new Command('retain').description('show or set how long CloudWatch keeps log groups'))
    .addHelpText('after', help)
    .action(async (options: LogsJobOptions) => setExitCode(await run(options)))
}

async function run(options: LogsJobOptions): Promise<number> {
  checkLogsJobOptions(options)
  const pipeline = readPipeline(options.pipeline)
  const { logGroupRetention: settings } = pipeline
  if (settings === null) throw new Error('pipeline.yml has no section logGroupRetention: docs/retain.md shows one')
  const logs = retainOperations(await openLogs(options))
  const store = openLake(options.lake)
  const plan = await planRetain({
    logs,
    stack: options.stack,
    settings,
    heldSince: await heldInLake(store, lakeCatalog(store), pipeline),
    now: Date.now,
    onPage: groups => progress(counted(groups, 'log group')),
  })
  endProgress()
  if (options.save !== undefined) writeFileSync(options.save, `${JSON.stringify(plan, null, 2)}\n`)
  return options.apply === true ? await apply(plan, options, logs, store) : show(plan, options)
}

function show(plan: RetainPlan, options: LogsJobOptions): number {
  if (options.json === true) process.stdout.write(`${JSON.stringify(plan)}\n`)
  else process.stdout.write(`${planLines(plan, options).join('\n')}\n`)
  return plan.skipped.some(({ isProblem }) => isProblem) ? 1 : 0
}

const shown = 50

function planLines(plan: RetainPlan, options: LogsJobOptions): readonly string[] {
  const steps = plan.steps.toSorted((a, b) => b.saves.most - a.saves.most)
  const rows = steps
    .slice(0, shown)
    .map(step => [
      printable(step.target),
      step.what,
      byteSize(step.storedBytes),
      range(step.costs),
      range(step.saves),
      step.why,
    ])
  const head = ['log group', 'kept', 'stored', '$ a month', 'saves', 'because']
  const total = (of: (step: RetainStep) => PriceRange) => ({
    least: steps.reduce((sum, step) => sum + of(step).least, 0),
    most: steps.reduce((sum, step) => sum + of(step).most, 0),
  })
  const bytes = steps.reduce((sum, { storedBytes }) => sum + storedBytes, 0)
  const more = steps.length - shown
  return [
    `${counted(plan.targets, 'log group')}: ${counted(steps.length, 'setting')} to change`,
    '',
    ...(steps.length === 0
      ? []
      : [...table([head, ...rows], new Set([2, 3, 4])), ...(more > 0 ? [`… and ${more} more; --json has all`] : [])]),
    ...(steps.length === 0
      ? []
      : [
          '',
          `${byteSize(bytes)} stored at $${range(total(step => step.costs))} a month, of which $${range(total(step => step.saves))} go away`,
          '',
        ]),
    ...skippedLines(plan.skipped),
    howToApply(plan, `retain${placeOptions(options)}`, options.save),
  ]
}

function range({ least, most }: PriceRange): string {
  return `${least.toFixed(2)}–${most.toFixed(2)}`
}

const batchSize = 1_000

async function apply(plan: RetainPlan, options: LogsJobOptions, logs: RetainApi, store: ObjectStore): Promise<number> {
  const held =
    options.plan === undefined
      ? null
      : readPlan<RetainStep>(readText(options.plan), { name: options.plan, job: plan.job, stack: plan.stack })
  const { steps, changed } =
    held === null ? { steps: plan.steps, changed: [] } : stillRight(held.steps, plan.steps, retainStepIdentity)
  const holder = `cli-${randomUUID().slice(0, 8)}`
  const lease = await takeLease(store, { job: 'retain', holder, lastsMs: 16 * 60_000, now: Date.now })
  try {
    let report: ApplyReport<RetainStep> = { done: 0, left: 0, changed, failed: [] }
    let finished = 0
    for (let from = 0; from < steps.length; from += batchSize) {
      await lease.renew()
      const batch = await applySteps(steps.slice(from, from + batchSize), {
        carryOut: createRetainCarryOut({ logs }),
        concurrency: 2,
        onStep: () => progress(`${++finished} of ${counted(steps.length, 'step')}`),
      })
      report = addReports(report, batch)
    }
    endProgress()
    const lines = [...outcomeLines(report), ...skippedLines(plan.skipped)]
    process.stdout.write(
      options.json === true ? `${JSON.stringify({ ...report, skipped: plan.skipped })}\n` : `${lines.join('\n')}\n`,
    )
    return report.failed.length > 0 || plan.skipped.some(({ isProblem }) => isProblem) ? 1 : 0
  } finally {
    await lease.release()
  }
}
