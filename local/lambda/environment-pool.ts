import type { Environment } from './environment.js'

/** The environments of one function: as many as are wanted at a time, up to its limit; then callers wait in order. */
export interface EnvironmentPool {
  /** Undefined, without a call, when the pool has been told to stop. */
  with<T>(use: (environment: Environment) => Promise<T>): Promise<T | undefined>
  /** Ends all environments, whatever they are doing. */
  close(): Promise<void>
}

/** @param stopping no use of an environment begins after it is aborted */
export function environmentPool(
  max: number,
  start: () => Promise<Environment>,
  stopping: AbortSignal,
): EnvironmentPool {
  const all = new Set<Promise<Environment>>()
  const idle: { readonly environment: Environment; readonly started: Promise<Environment> }[] = []
  const waiting: (() => void)[] = []
  let busy = 0

  async function take() {
    // The warmest first, so that a quiet function stays at one.
    for (let candidate = idle.pop(); candidate !== undefined; candidate = idle.pop()) {
      if (candidate.environment.isAlive) return candidate
      all.delete(candidate.started)
      await candidate.environment.close()
    }
    const started = start()
    all.add(started)
    try {
      return { environment: await started, started }
    } catch (error) {
      all.delete(started)
      throw error
    }
  }

  return {
    async with(use) {
      if (busy === max) await new Promise<void>(resolve => waiting.push(resolve))
      else busy++
      try {
        if (stopping.aborted) return undefined
        const taken = await take()
        try {
          return stopping.aborted ? undefined : await use(taken.environment)
        } finally {
          idle.push(taken)
        }
      } finally {
        const next = waiting.shift()
        if (next === undefined) busy--
        else next()
      }
    },
    async close() {
      const environments = await Promise.allSettled(all)
      await Promise.all(environments.map(result => result.status === 'fulfilled' && result.value.close()))
    },
  }
}
