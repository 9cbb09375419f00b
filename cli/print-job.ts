import { counted } from '../shared/diagnostics/table.js'
import type { ApplyReport, JobPlan, PlanStep, SkippedTarget, StepOutcome } from '../shared/jobs/job-plan.js'
import { printable } from './terminal.js'

const shown = 20

/** Steps that say the same of many groups are one entry with the groups below it. */
export function stepLines(steps: readonly PlanStep[]): readonly string[] {
  const entries = grouped(steps, ({ action, what, why }) => `${action}: ${what}\n    because ${why}`)
  return entries.flatMap(([head, those]) => [
    `${head} (${counted(those.length, 'group')})`,
    ...list(those.map(({ target }) => target)),
    '',
  ])
}

/** First what somebody has to see to, then what is left alone on purpose; groups of one reason are one entry. */
export function skippedLines(skipped: readonly SkippedTarget[]): readonly string[] {
  const problems = skipped.filter(({ isProblem }) => isProblem)
  const attention = grouped(problems, ({ message }) => message)
  const others = grouped(
    skipped.filter(({ isProblem }) => !isProblem),
    ({ reason, message }) => `${reason}: ${message}`,
  )
  const entry =
    (prefix: string) =>
    ([head, those]: readonly [string, readonly SkippedTarget[]]) => [
      printable(`${prefix}${head} (${counted(those.length, 'group')})`),
      ...list(those.map(({ target }) => target)),
      '',
    ]
  return [...attention.flatMap(entry('Needs attention: ')), ...others.flatMap(entry('Left alone, '))]
}

export function outcomeLines(report: ApplyReport): readonly string[] {
  const line = ({ step, message }: StepOutcome) => `${step.action} ${step.target}: ${message}`
  return [
    `${counted(report.done, 'step')} done${report.left > 0 ? `, ${report.left} not begun` : ''}`,
    ...(report.changed.length === 0 ? [] : ['Left out, since things have changed', ...list(report.changed.map(line))]),
    ...(report.failed.length === 0 ? [] : ['Failed', ...list(report.failed.map(line))]),
    '',
  ]
}

/** @param command with the options that it needs to mean the same again */
export function howToApply(plan: JobPlan, command: string, savedTo: string | undefined): string {
  if (plan.steps.length === 0) return 'There is nothing to do.'
  const saved = savedTo === undefined ? '' : ` --plan ${savedTo}`
  return `Nothing was changed. To do it: tailrace ${command} --apply${saved}`
}

function list(lines: readonly string[]): readonly string[] {
  const more = lines.length - shown
  return [...lines.slice(0, shown), ...(more > 0 ? [`… and ${more} more; --json has all`] : [])].map(
    line => `  ${printable(line)}`,
  )
}

function grouped<T>(items: readonly T[], keyOf: (item: T) => string): readonly (readonly [string, readonly T[]])[] {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const group = groups.get(keyOf(item))
    if (group === undefined) groups.set(keyOf(item), [item])
    else group.push(item)
  }
  return [...groups]
}
