import { obeys, widthOf } from '../terminal.js'
import type { Screen } from './print-rows.js'

/** The standard output: its width where it is a terminal. */
export function screen(): Screen {
  return { width: widthOf(process.stdout) }
}

/** Says how far a command is, on the last line of a terminal's standard error; says nothing elsewhere. */
export function showProgress(text: string): void {
  if (obeys(process.stderr)) process.stderr.write(`\r${text}\x1b[K\r`)
}

/** Takes the line of progress away, before anything else is written. */
export function clearProgress(): void {
  showProgress('')
}

/** What an answer leaves out. */
export function warnOfSetAside(objects: number): void {
  if (objects === 0) return
  const what = objects === 1 ? '1 landing object of the range is' : `${objects} landing objects of the range are`
  warn(`${what} damaged or foreign and not in the answer; tailrace lake status says why`)
}

/** Tells, also where nobody watches, of what may not be meant so. */
export function warn(text: string): void {
  clearProgress()
  process.stderr.write(`tailrace: ${text}\n`)
}

/** What was done, for a terminal only. */
export function note(text: string): void {
  if (process.stderr.isTTY === true) process.stderr.write(`${text}${obeys(process.stderr) ? '\x1b[K' : ''}\n`)
}
