/** A group's settings made ready for the hot path, once per group and process. */
import type { FormatSetting, GroupSettings } from '../config/pipeline.js'
import type { Line, LogFormat } from '../enrich/format.js'
import { textFormat } from '../enrich/formats/text.js'
import { createVpcFlowFormat } from '../enrich/formats/vpc-flow.js'
import { formats } from '../enrich/formats.js'
import { createRecogniser, type Recognised } from '../enrich/recognise.js'
import { createRedactor } from '../enrich/redact/create-redactor.js'
import type { PatternEngine } from '../enrich/redact/pattern-engine.js'
import type { Redactor } from '../enrich/redactor.js'
import type { FilterSet } from '../metrics/metric-counts.js'

export interface CompiledGroup {
  readonly recognise: (line: Line) => Recognised
  /** Null when nothing is redacted. */
  readonly redactor: Redactor | null
  readonly sample: number
  readonly retentionDays: number
  /** Null when no metric filter is about the group. */
  readonly filters: FilterSet | null
}

/** Names of groups come from outside: a process that meets more than this many starts over with an empty cache. */
const maxGroups = 1_000

/**
 * @param engine from `loadPatternEngine`, where a redaction pattern needs it
 * @param filtersOf from `filterSets`, where metrics are counted
 */
export function compileGroups(
  settingsOf: (logGroup: string) => GroupSettings,
  engine?: PatternEngine,
  filtersOf: (logGroup: string) => FilterSet | null = () => null,
): (logGroup: string) => CompiledGroup {
  const compiled = new Map<string, CompiledGroup>()
  return logGroup => {
    const known = compiled.get(logGroup)
    if (known !== undefined) return known
    if (compiled.size >= maxGroups) compiled.clear()
    const settings = settingsOf(logGroup)
    const group = {
      recognise: createRecogniser(formatOf(settings.format), logGroup),
      redactor: settings.redact.length === 0 ? null : createRedactor(settings.redact, engine),
      sample: settings.sample,
      retentionDays: settings.retentionDays,
      filters: filtersOf(logGroup),
    }
    compiled.set(logGroup, group)
    return group
  }
}

/** Null for `auto`. The configuration was validated when it was bundled, so the name is known. */
function formatOf(setting: FormatSetting): LogFormat | null {
  if (setting.name === 'auto') return null
  if ('columns' in setting) return createVpcFlowFormat(setting.columns)
  return formats.find(format => format.name === setting.name) ?? textFormat
}
