import type { LambdaFunction } from './lambda/lambda-function.js'
import type { Schedule } from './template/schedules.js'

/**
 * Invokes functions when their schedules say so, asynchronously as EventBridge Scheduler does, until it is stopped. A
 * schedule of a function that is not among them is left out.
 */
export function startScheduler(
  schedules: readonly Schedule[],
  functions: ReadonlyMap<string, LambdaFunction>,
  now: () => number,
): { stop(): void } {
  const timers = new Set<NodeJS.Timeout>()
  const byArn = new Map([...functions.values()].map(each => [each.definition.arn, each]))
  function wait(schedule: Schedule, lambda: LambdaFunction): void {
    const timer = setTimeout(() => {
      timers.delete(timer)
      lambda.enqueue(Buffer.from(schedule.input))
      wait(schedule, lambda)
    }, schedule.next(now()) - now())
    timers.add(timer)
  }
  for (const schedule of schedules) {
    const lambda = byArn.get(schedule.functionArn)
    if (lambda !== undefined) wait(schedule, lambda)
  }
  return {
    stop() {
      for (const timer of timers) clearTimeout(timer)
    },
  }
}
