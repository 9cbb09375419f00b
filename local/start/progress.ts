import { clip } from '../../shared/diagnostics/table.js'

/** Steps on their way: one line that changes on a terminal; elsewhere a line for each step when it is done. */
export interface Progress {
  /** What is being done now. */
  update(step: string, text: string): void
  /** What came of the step. */
  done(step: string, text: string): void
  /** Takes an unfinished line away, before anything else is written. */
  clear(): void
}

export interface Output {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

const stepWidth = 10

/** More often than this, ms, nobody can read it. */
const updateEveryMs = 80

export function showProgress(output: Output): Progress {
  const line = (step: string, text: string) => `  ${step.padEnd(stepWidth)}${text}`
  const isLive = output.isTTY === true && process.env.TERM !== 'dumb'
  let lastUpdate = 0
  let isOpen = false
  const clear = () => {
    if (isOpen) output.write('\r\x1b[2K')
    isOpen = false
  }
  return {
    update(step, text) {
      const now = performance.now()
      if (!isLive || (isOpen && now - lastUpdate < updateEveryMs)) return
      lastUpdate = now
      output.write(`\r\x1b[2K${clip(line(step, text), (output.columns || 80) - 1)}`)
      isOpen = true
    },
    done(step, text) {
      clear()
      output.write(`${line(step, text)}\n`)
    },
    clear,
  }
}
