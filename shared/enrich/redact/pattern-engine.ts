import type { Span } from '../../diagnostics/diagnostic.js'
import type { RedactionRule } from '../redactor.js'
import { type Identifier, noSpans, withSpan } from './identifier.js'
import { compileSimplePattern } from './simple-pattern.js'

/** Turns a pattern in RE2's syntax into a search for all its matches. Throws on a pattern it cannot compile. */
export type PatternEngine = (pattern: string) => Identifier['find']

/**
 * Loads the RE2 engine when one of the rules needs it. It is 46 KB of a bundle and some 20 ms of a cold start, and most
 * configurations get by with the built-in identifiers and simple patterns.
 */
export async function loadPatternEngine(rules: Iterable<RedactionRule>): Promise<PatternEngine | undefined> {
  for (const rule of rules) {
    if ('pattern' in rule && compileSimplePattern(rule.pattern) === undefined) {
      return (await import('./re2-engine.js')).re2Engine
    }
  }
  return undefined
}

/** The search for a rule's own pattern: in the native engine where that is safe, else in `engine`. */
export function patternIdentifier(name: string, pattern: string, engine: PatternEngine | undefined): Identifier {
  const simple = compileSimplePattern(pattern)
  if (simple !== undefined) return { name, mindsEscapes: true, find: text => findAll(simple, text) }
  if (engine === undefined) throw new Error(`redaction pattern ${name} needs the engine of loadPatternEngine`)
  return { name, mindsEscapes: true, find: engine(pattern) }
}

function findAll(pattern: RegExp, text: string): readonly Span[] {
  let found = noSpans
  pattern.lastIndex = 0
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    if (match[0].length === 0) pattern.lastIndex++
    else found = withSpan(found, match.index, match.index + match[0].length)
  }
  return found
}
