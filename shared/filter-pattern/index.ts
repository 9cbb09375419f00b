/**
 * CloudWatch Logs filter patterns as a library: read, write, explain and match them, and lower them to expressions of
 * a query plan. Nothing here touches a file, a clock or the network.
 */
export type { Comparison, Entry, FilterPattern, JsonCondition, Selector, Term, Value } from './ast.js'
export { maxPatternLength, maxRegexes, maxWildcardSelectors, regexesOf } from './check-limits.js'
export { explainPattern } from './explain.js'
export { formatPattern, formatSelector } from './format.js'
export { type JsonObject, readDocument } from './json-document.js'
export { lowerPattern } from './lower.js'
export { lowerSearch } from './lower-search.js'
export { compilePattern, type Matcher } from './match.js'
export { mayMatch, type NeededText, neededTextOf } from './needed-text.js'
export { type Parsed, parsePattern, parseSelector } from './parse.js'
export { compilePick, type PickFields } from './pick-fields.js'
export { compileFirst } from './select-json.js'
