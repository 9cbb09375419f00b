/**
 * CloudWatch Logs Insights QL as a library: read and write queries, and lower them to plans. Nothing here touches a file, a
 * clock or the network.
 */
export type { Command, Query } from './ast.js'
export { type CommandEntry, commands } from './commands.js'
export type { Completion, CompletionKind, Completions } from './complete/candidate.js'
export type { DiscoveredField, LookupTableNames } from './complete/candidates.js'
export { type CompleteOptions, completeQuery } from './complete/complete.js'
export { commandHelp, functionHelp, type HoverHelp, hoverHelp } from './complete/hover-help.js'
export { type SignatureHelp, signatureHelp } from './complete/signature-help.js'
export { formatQuery } from './format.js'
export { type FunctionEntry, findFunction, functions } from './functions.js'
export { type Lowered, lowerQuery } from './lower.js'
export { defaultLimit, type LookupTable, type LowerOptions, maxLimit } from './lowering.js'
export { type Parameterized, parameterNames, withParameters } from './parameters.js'
export { maxQueryLength, type Parsed, parseQuery } from './parse.js'
export { readLookupTable } from './read-lookup-table.js'
export { type SampleParameter, type SampleQuery, sampleQueries } from './samples/sample-queries.js'
