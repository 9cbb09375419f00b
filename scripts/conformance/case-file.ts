/** Files of cases: where they are, what is in them, and what becomes of a case that cannot be run. */
import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'

export interface CaseResult {
  readonly id: string
  /** `undetermined`: the case expects nothing. */
  readonly outcome: 'passed' | 'failed' | 'undetermined'
  readonly detail: string
}

/** A file that holds no cases, or no data for them; the message is for who named it. */
export class CaseFileError extends Error {}

/**
 * What is in a JSON file. A path is relative to where npm was called, or else to where this runs.
 * @throws CaseFileError
 */
export function readJsonFile(path: string): unknown {
  const asCalled = resolve(process.env.INIT_CWD ?? '.', path)
  try {
    return JSON.parse(readFileSync(existsSync(asCalled) ? asCalled : path, 'utf8').replace(/^\ufeff/, ''))
  } catch (error) {
    throw new CaseFileError(`${path}: ${(error as Error).message}`)
  }
}

/**
 * A list, or an object that has one as its member `cases`.
 * @throws CaseFileError
 */
export function casesIn(content: unknown, path: string): readonly unknown[] {
  const found = Array.isArray(content) ? content : objectIn(content, path).cases
  if (Array.isArray(found)) return found
  throw new CaseFileError(`${path}: expected a list of cases, or an object with the member "cases"`)
}

/** @throws CaseFileError */
export function objectIn(content: unknown, path: string): Readonly<Record<string, unknown>> {
  if (typeof content === 'object' && content !== null) return content as Readonly<Record<string, unknown>>
  throw new CaseFileError(`${path}: expected an object, found ${JSON.stringify(content)}`)
}

/** The id of a case; its place among all that are run where it has none. */
export function idOf(one: unknown, index: number): string {
  return String((one as { id?: unknown } | null)?.id ?? `#${index + 1}`)
}

/** Of a case that cannot be run, for whatever reason: it counts, and takes no other one with it. */
export function failedBy(error: unknown, id: string): CaseResult {
  return { id, outcome: 'failed', detail: `cannot be run: ${error}` }
}
