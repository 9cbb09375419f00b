import { setMaxListeners } from 'node:events'

/** The exit status of a command that the user ended with Ctrl-C, as shells have it. */
export const interruptedStatus = 130

/**
 * Runs a command that Ctrl-C ends: the signal is aborted, the command undoes what it has to (temporary files) and
 * rejects, and the process ends at once, whatever native code is still busy with. A second Ctrl-C ends it as always.
 */
export async function interruptible<T>(run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController()
  // Each of the requests that run side by side listens to it.
  setMaxListeners(0, controller.signal)
  const stop = () => controller.abort(new Interrupted())
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
  try {
    return await run(controller.signal)
  } catch (error) {
    if (controller.signal.aborted) process.exit(interruptedStatus)
    throw error
  } finally {
    process.removeListener('SIGINT', stop)
    process.removeListener('SIGTERM', stop)
  }
}

/** The user pressed Ctrl-C. */
class Interrupted extends Error {
  constructor() {
    super('interrupted')
    this.name = 'Interrupted'
  }
}

/** What the promise gives, unless the signal is aborted before: then it rejects with the reason at once. */
export function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) return Promise.reject(signal.reason)
  return new Promise((done, failed) => {
    const stop = () => failed(signal.reason)
    signal.addEventListener('abort', stop, { once: true })
    promise.then(done, failed).finally(() => signal.removeEventListener('abort', stop))
  })
}
