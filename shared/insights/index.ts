/**
 * CloudWatch Logs Insights QL as a library: read and write queries, and lower them to plans. Nothing here touches a file, a
 * clock or the network.
 */
export type { Command, Query } from './ast.js'
export { type CommandEntry, commands } from './commands.js'
export { formatQuery } from './format.js'
export { type FunctionEntry, findFunction, functions } from './functions.js'
export { type Lowered, lowerQuery } from './lower.js'
export { defaultLimit, type LookupTable, type LowerOptions, maxLimit } from './lowering.js'
export { maxQueryLength, type Parsed, parseQuery } from './parse.js'
export { readLookupTable } from './read-lookup-table.js'
