import { compileGlob } from '../shared/config/glob.js'
import { nearest } from '../shared/diagnostics/nearest.js'
import type { ObjectStore } from '../shared/store/object-store.js'
import { knownGroups } from './known-groups.js'

/** `@log` is the account and the group. */
export function splitLog(log: string): readonly [accountId: string, name: string] {
  const colon = log.indexOf(':')
  return [log.slice(0, colon), log.slice(colon + 1)]
}

export function isGlob(name: string): boolean {
  return /[*?]/.test(name)
}

/**
 * Names of the groups that the globs name; undefined for all. Plain names are taken as they are, without a look at the
 * lake: where the answer is empty, `checkGroups` tells whether there are such groups.
 *
 * @throws Error when no group matches
 */
export async function namedGroups(
  lake: ObjectStore,
  globs: readonly string[] | undefined,
  signal: AbortSignal,
): Promise<readonly string[] | undefined> {
  if (globs === undefined || !globs.some(isGlob)) return globs
  const known = await knownGroups(lake, { signal })
  const found = matching(known, globs)
  if (found.length === 0) throw noSuchGroup(globs, known)
  return found
}

/** Those of the names that one of the globs matches. */
export function matching(names: readonly string[], globs: readonly string[]): readonly string[] {
  const matches = globs.map(compileGlob)
  return names.filter(name => matches.some(isMatch => isMatch(name)))
}

/** Throws when the lake has none of these groups. */
export async function checkGroups(
  lake: ObjectStore,
  names: readonly string[] | undefined,
  signal: AbortSignal,
): Promise<void> {
  if (names === undefined) return
  const known = await knownGroups(lake, { signal })
  if (!names.some(name => known.includes(name))) throw noSuchGroup(names, known)
}

export function noSuchGroup(names: readonly string[], known: readonly string[]): Error {
  const [near] = names.flatMap(name => nearest(name, known) ?? [])
  const hint = near === undefined ? 'tailrace groups lists them' : `did you mean ${near}?`
  return new Error(`no log group of the lake is named ${names.join(' or ')}; ${hint}`)
}
