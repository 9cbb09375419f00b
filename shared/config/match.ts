import { compileGlob } from './glob.js'
import type { GroupSettings, MetricFilterSetting, PipelineConfig } from './pipeline.js'

/**
 * The settings of a log group: those of the first rule that matches its name and does not exclude it, else the defaults.
 * Groups of one rule get the same object. Names come from outside, so what is remembered of them is bounded.
 */
export function compileGroups(
  config: Pick<PipelineConfig, 'groups' | 'defaults'>,
): (logGroup: string) => GroupSettings {
  const rules = config.groups.map(rule => ({
    settings: rule,
    matches: anyOf(rule.match),
    excludes: anyOf(rule.exclude),
  }))
  const known = new Map<string, GroupSettings>()
  return logGroup => {
    const before = known.get(logGroup)
    if (before !== undefined) return before
    const rule = rules.find(({ matches, excludes }) => matches(logGroup) && !excludes(logGroup))
    const settings = rule?.settings ?? config.defaults
    if (known.size >= maxKnown) known.clear()
    known.set(logGroup, settings)
    return settings
  }
}

/** Whether `sample` leaves out some of a log group's events. */
export function matchSampled(config: Pick<PipelineConfig, 'groups' | 'defaults'>): (logGroup: string) => boolean {
  const settingsOf = compileGroups(config)
  return logGroup => settingsOf(logGroup).sample < 1
}

/** The metric filters that are about a log group, in the order of the file. */
export function matchMetricFilters({
  metricFilters,
}: Pick<PipelineConfig, 'metricFilters'>): (logGroup: string) => readonly MetricFilterSetting[] {
  const compiled = metricFilters.map(filter => ({
    filter,
    matches: anyOf(filter.groups),
    excludes: anyOf(filter.exclude),
  }))
  return logGroup =>
    compiled.filter(({ matches, excludes }) => matches(logGroup) && !excludes(logGroup)).map(({ filter }) => filter)
}

const maxKnown = 10_000

function anyOf(globs: readonly string[]): (name: string) => boolean {
  const compiled = globs.map(compileGlob)
  return name => compiled.some(matches => matches(name))
}
