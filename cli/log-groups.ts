import { compileGlob } from '../shared/config/glob.js'
import { nearest } from '../shared/diagnostics/nearest.js'
import { warn } from './output/screen.js'

/** `@log` is the account and the group. */
export function splitLog(log: string): readonly [accountId: string, name: string] {
  const colon = log.indexOf(':')
  return [log.slice(0, colon), log.slice(colon + 1)]
}

export function isGlob(name: string): boolean {
  return /[*?]/.test(name)
}

/** Names of the groups that there are; asked for only where they are needed. */
export type KnownGroups = () => Promise<readonly string[]>

/**
 * Names of the groups that the globs name; undefined for all. Plain names alone are taken as they are, without a look at
 * the lake: where the answer lacks any, `checkGroups` tells whether there are such groups.
 *
 * @throws Error when no group matches; of several globs, one that matches none is told on standard error
 */
export async function namedGroups(
  globs: readonly string[] | undefined,
  knownGroups: KnownGroups,
): Promise<readonly string[] | undefined> {
  if (globs === undefined || !globs.some(isGlob)) return globs
  const known = await knownGroups()
  const found = matching(known, globs)
  if (found.length === 0) throw noSuchGroup(globs, known)
  for (const glob of globs) if (matching(found, [glob]).length === 0) warn(noSuchGroup([glob], known).message)
  return found
}

/** Those of the names that one of the globs matches. */
export function matching(names: readonly string[], globs: readonly string[]): readonly string[] {
  const matches = globs.map(compileGlob)
  return names.filter(name => matches.some(isMatch => isMatch(name)))
}

/**
 * Throws when the lake has none of these groups; one that it has not, where it has others, is told on standard error.
 *
 * @param names as they were asked for; with globs among them `namedGroups` has looked already
 * @param seen how many groups the answer has read
 */
export async function checkGroups(
  names: readonly string[] | undefined,
  knownGroups: KnownGroups,
  seen: number,
): Promise<void> {
  if (names === undefined || names.some(isGlob) || seen >= new Set(names).size) return
  const known = await knownGroups()
  const there = names.filter(name => known.includes(name))
  if (there.length === 0) throw noSuchGroup(names, known)
  for (const name of names) if (!there.includes(name)) warn(noSuchGroup([name], known).message)
}

/** @param names or globs */
export function noSuchGroup(names: readonly string[], known: readonly string[]): Error {
  const [near] = names.flatMap(name => nearest(bareName(name), known) ?? [])
  const hint = near === undefined ? 'tailrace groups lists them' : `did you mean ${near}?`
  const asked = names.map(name => (name === '' ? '""' : name)).join(' or ')
  return new Error(`no log group of the lake ${names.some(isGlob) ? 'matches' : 'is named'} ${asked}; ${hint}`)
}

/** What is copied from elsewhere has more in front of the name: `@log` the account, an ARN all that it names. */
function bareName(name: string): string {
  return name.replace(/^(?:arn:[^:]*:logs:[^:]*:)?\d{12}:(?:log-group:)?/, '').replace(/:\*$/, '')
}
