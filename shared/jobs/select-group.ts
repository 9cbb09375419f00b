import { compileGlob } from '../config/glob.js'
import type { GroupSelection } from '../config/pipeline.js'

/** What a rule can ask of a log group. */
export interface SelectableGroup {
  readonly name: string
  readonly logClass: string
}

export type Tags = Readonly<Record<string, string>>

/** `unknown`: a rule asks for tags, and they were not given. */
export type Selected<Rule> = Rule | null | 'unknown'

/** The first rule that a group fulfils; tags are only asked for where they decide, because each group's cost a call. */
export function compileSelections<Rule extends GroupSelection>(
  rules: readonly Rule[],
): (group: SelectableGroup, tags: Tags | undefined) => Selected<Rule> {
  const compiled = rules.map(rule => {
    const wanted = Object.entries(rule.tags).map(([key, glob]) => ({ key, matches: compileGlob(glob) }))
    return {
      rule,
      wanted,
      matches: anyOf(rule.match),
      excludes: anyOf(rule.exclude),
      takes: (logClass: string) => rule.classes === null || rule.classes.includes(logClass),
    }
  })
  return (group, tags) => {
    for (const { rule, wanted, matches, excludes, takes } of compiled) {
      if (!matches(group.name) || excludes(group.name) || !takes(group.logClass)) continue
      if (wanted.length === 0) return rule
      if (tags === undefined) return 'unknown'
      const has = (key: string) => Object.hasOwn(tags, key)
      if (wanted.every(tag => has(tag.key) && tag.matches(tags[tag.key]!))) return rule
    }
    return null
  }
}

export function anyOf(globs: readonly string[]): (name: string) => boolean {
  const compiled = globs.map(compileGlob)
  return name => compiled.some(matches => matches(name))
}
