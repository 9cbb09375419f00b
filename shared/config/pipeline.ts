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
  readonly metricFilters: readonly MetricFilterSetting[]
  readonly alarms: readonly AlarmSetting[]
  /** Null: no group is subscribed, and none that is loses its filter. */
  readonly subscriptions: SubscriptionSettings | null
  /** Null: no setting of CloudWatch's is touched. */
  readonly logGroupRetention: LogGroupRetentionSettings | null
  readonly exports: readonly ExportSetting[]
  readonly promote: readonly PromoteSetting[]
  readonly lake: LakeSetting
  readonly legalHolds: readonly LegalHoldSetting[]
}

/** Events that stay in the lake, whoever wants them gone. */
export interface LegalHoldSetting {
  /** Globs as in `GroupRule`. */
  readonly groups: readonly string[]
  /** Event times in ms, both inclusive; null for no bound. */
  readonly from: number | null
  readonly to: number | null
  readonly reason: string
}

/** A field that has a column of its own in the table. */
export interface PromoteSetting {
  readonly field: string
  readonly column: string
  readonly type: 'string' | 'long' | 'double' | 'boolean'
}

/** How landing objects become files of the table. */
export interface LakeSetting {
  /** Landing objects of so many bytes in all are committed, … */
  readonly commitBytes: number
  /** … and so is one that has waited for so long. */
  readonly commitAfterMs: number
  /** About so large is a data file. */
  readonly fileBytes: number
}

/** What is exported on a schedule. */
export type ExportSetting = LogExportSetting | LakeExportSetting

interface ScheduledExport {
  readonly name: string
  /** Globs as in `GroupRule`. */
  readonly groups: readonly string[]
  readonly exclude: readonly string[]
  /** Midnight UTC, ms; null for all there is, and for no end. */
  readonly from: number | null
  readonly until: number | null
  /** What one task or file covers. */
  readonly everyMs: number
  /** How old events are before they are exported. */
  readonly delayMs: number
}

/** Log groups, through CreateExportTask. */
export interface LogExportSetting extends ScheduledExport {
  readonly source: 'cloudwatch'
  /** Finished files are landed. */
  readonly import: boolean
}

/** What the lake holds, as files. */
export interface LakeExportSetting extends ScheduledExport {
  readonly source: 'lake'
  readonly format: 'ndjson' | 'csv' | 'parquet'
}

/** Which log groups a rule is about, as CloudWatch has them. */
export interface GroupSelection {
  /** Globs as in `GroupRule`. */
  readonly match: readonly string[]
  readonly exclude: readonly string[]
  /** Key and glob over the value; a group has all of them. */
  readonly tags: Readonly<Record<string, string>>
  /** As the API spells them; null for any. */
  readonly classes: readonly string[] | null
}

export interface SubscriptionSettings {
  readonly by: 'filter' | 'account-policy'
  /** `stack`, or the ARN of a logical destination. */
  readonly destination: string
  /** Stacks whose filters are this one's by now. */
  readonly formerly: readonly string[]
  /** Globs of groups that are never subscribed, beside Tailrace's own. */
  readonly dataPath: readonly string[]
  /** First match wins; a group that no rule matches is not subscribed. */
  readonly groups: readonly (GroupSelection & { readonly pattern: string })[]
}

export interface LogGroupRetentionSettings {
  readonly optOutTag: string
  /** First match wins. */
  readonly rules: readonly RetentionRule[]
}

export interface RetentionRule extends GroupSelection {
  /** Null: for ever. */
  readonly days: number | null
  readonly enforce: boolean
  readonly shorten: boolean
  readonly discard: boolean
}

/** What `shared/metrics` counts, and in which groups. */
export interface MetricFilterSetting {
  readonly name: string
  /** Globs as in `GroupRule`. */
  readonly groups: readonly string[]
  readonly exclude: readonly string[]
  readonly pattern: string
  readonly metric: string
  readonly namespace: string
  readonly value: number | string
  readonly defaultValue: number | null
  readonly unit: string
  readonly dimensions: Readonly<Record<string, string>>
}

export interface AlarmSetting {
  readonly name: string
  readonly description: string | null
  /** The metric of a metric filter, with a value for each of its dimensions, or any other. */
  readonly source:
    | { readonly filter: string; readonly dimensions: Readonly<Record<string, string>> }
    | { readonly namespace: string; readonly name: string; readonly dimensions: Readonly<Record<string, string>> }
  /** As CloudWatch spells it: `Sum`, `p99`, … */
  readonly statistic: string
  readonly periodSeconds: number
  /** M of N periods. */
  readonly datapoints: number
  readonly periods: number
  readonly missing: 'missing' | 'ignore' | 'breaching' | 'notBreaching'
  readonly condition: AlarmCondition
  /** ARNs; null for the stack's own topic. */
  readonly actions: readonly string[] | null
  readonly okActions: readonly string[]
}

export type AlarmCondition =
  | { readonly kind: 'threshold'; readonly operator: '>' | '>=' | '<' | '<='; readonly threshold: number }
  /** A band around what is expected, this many standard deviations wide. */
  | { readonly kind: 'band'; readonly width: number; readonly side: 'above' | 'below' | 'outside' }

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
