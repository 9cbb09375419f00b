import * as z from 'zod'
import type { Span } from '../../diagnostics/diagnostic.js'
import type { GroupSettings, PipelineConfig } from '../pipeline.js'

/**
 * One top-level key of `pipeline.yml`. A new one is a file here, a member of `PipelineConfig` and a line in
 * `sections.ts`.
 */
export interface Section<Key extends keyof PipelineConfig = keyof PipelineConfig, Written = unknown> {
  readonly key: Key
  /** Checks and reads what is written; supplies a default where the key may be left out. */
  readonly schema: z.ZodType<Written>
  /** What is written, completed: the form that the functions get. */
  readonly lower: (written: Written, defaults: GroupSettings) => PipelineConfig[Key]
  /** Looks for what is no error and yet cannot be meant. Runs when the whole file has its right shape. */
  readonly review?: (written: Written) => readonly Warning[]
}

export interface Warning {
  readonly code: string
  /** Keys and indexes from the section down to what the warning is about. */
  readonly path: readonly (string | number)[]
  readonly message: string
  readonly hint: string
}

/** A section whose type of written value is forgotten, so that sections fit into one list. */
export function section<Key extends keyof PipelineConfig, Written>(definition: Section<Key, Written>): Section {
  return definition as unknown as Section
}

/** Reports a problem of the value being read, from a transform or refinement of its schema. */
export function reject(
  context: z.RefinementCtx,
  problem: {
    readonly code: string
    readonly message: string
    readonly hint: string
    readonly path?: (string | number)[]
    /** The part of a text that is wrong. */
    readonly span?: Span
  },
): void {
  const { code, message, hint, path = [], span } = problem
  context.addIssue({ code: 'custom', message, path, params: { code, hint, span }, continue: true })
}

/** A mapping that takes these keys and no others. What it says about others are the keys it knows, for suggestions. */
export function mapping<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: issue => (issue.code === 'unrecognized_keys' ? Object.keys(shape).join(' ') : undefined),
  })
}
