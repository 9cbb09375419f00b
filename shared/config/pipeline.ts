import type { RedactionRule } from '../enrich/redactor.js'

export type { RedactionRule }

/**
 * The validated form of `pipeline.yml`: plain JSON, made by `load.ts` when the packages are built and bundled into the
 * functions, so that a running function neither reads YAML nor validates.
 */
export interface PipelineConfig {
  readonly version: 1
  /** First match wins; a group that no rule matches gets `defaults`. */
  readonly groups: readonly GroupRule[]
  readonly defaults: GroupSettings
}

export interface GroupRule extends GroupSettings {
  /** Globs over the whole group name: `*` any characters (also `/`), `?` one. At least one. */
  readonly match: readonly string[]
  readonly exclude: readonly string[]
}

export interface GroupSettings {
  readonly format: FormatSetting
  readonly redact: readonly RedactionRule[]
  /** Share of events kept, 0 to 1, decided by a hash of the event's identity. */
  readonly sample: number
  /** Lake retention class in days; 0 keeps for ever. */
  readonly retentionDays: number
}

export type FormatSetting =
  | { readonly name: 'auto' }
  | { readonly name: string }
  /** A VPC flow log in a custom format: the AWS names of its columns in order (`vpc-id`, `pkt-srcaddr`, …). */
  | { readonly name: 'vpc-flow'; readonly columns: readonly string[] }
