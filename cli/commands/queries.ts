import { Command } from 'commander'
import { nearest } from '../../shared/diagnostics/nearest.js'
import { table } from '../../shared/diagnostics/table.js'
import {
  parameterNames,
  parseQuery,
  type SampleQuery,
  sampleQueries,
  withParameters,
} from '../../shared/insights/index.js'
import { openLake } from '../lake.js'
import { refuse } from '../output/refuse.js'
import { addQueryOptions, exitHelp } from '../query-options.js'
import { readQuery } from '../read-query.js'
import { type RunOptions, runQuery } from '../run-query.js'
import { checkName, deleteSaved, listSaved, readSaved, type SavedQuery, writeSaved } from '../saved-queries.js'
import { collect, scopeHelp } from '../scope-options.js'
import { printable } from '../terminal.js'

const help = `
Saved queries are objects of the lake, queries/saved/<name>.json, and seen by all who read the lake. {{name}} in a query
is a parameter: --param name=value puts the value there as a literal, whatever characters it has. Sample queries are
built in, under names such as lambda/cold-starts.`

const runHelp = `
A saved query of the name, or else the sample query. Log groups that were saved with it are used where --group names
none.
${scopeHelp}

  tailrace queries run lambda/cold-starts --group '/aws/lambda/*' --since 1d
  tailrace queries run cloudtrail/instances-started-or-stopped-in-a-region --param region=us-east-1

${exitHelp}`

const saveHelp = `
A query that has parameters is checked as far as that can be done without their values.

Exit status: 0 saved; 2 the query or the name is wrong, or the name is taken and --replace is not given.`

const deleteHelp = `
Exit status: 0 deleted; 2 there is no saved query of the name.`

interface LakeOption {
  readonly lake?: string
}

/** `tailrace queries`: saved and sample queries. */
export function queriesCommand({ setExitCode }: { readonly setExitCode: (code: number) => void }): Command {
  const command = new Command('queries').description('saved and sample queries').addHelpText('after', help)
  command
    .command('list')
    .description('list saved queries, or the samples of a source')
    .option('--samples', 'sample queries of all sources')
    .option('--source <name>', 'sample queries of one source, such as lambda or vpc-flow')
    .option('--lake <place>', 'directory or s3://bucket/prefix')
    .option('--json', 'print one JSON list')
    .action(async (options: ListOptions) => setExitCode(await list(options)))
  command
    .command('show')
    .description('print a query')
    .argument('<name>', 'name of a saved or sample query')
    .option('--lake <place>', 'directory or s3://bucket/prefix')
    .option('--json', 'print one JSON document')
    .action(async (name: string, options: LakeOption & { json?: boolean }) => setExitCode(await show(name, options)))
  addQueryOptions(command.command('run'))
    .description('run a saved or sample query')
    .argument('<name>', 'name of a saved or sample query')
    .addHelpText('after', runHelp)
    .action(async (name: string, options: RunOptions) => setExitCode(await run(name, options)))
  command
    .command('save')
    .description('save a query in the lake')
    .argument('<name>', 'name to save it under; slashes make folders')
    .argument('<query>', 'the query; - reads it from the standard input')
    .option('--description <text>', 'what it is for')
    .option('--group <name>', 'log group or glob it is meant for; may be repeated', collect)
    .option('--replace', 'replace the query of that name')
    .option('--dry-run', 'check it and save nothing')
    .option('--lake <place>', 'directory or s3://bucket/prefix')
    .addHelpText('after', saveHelp)
    .action(async (name: string, query: string, options: SaveOptions) => setExitCode(await save(name, query, options)))
  command
    .command('delete')
    .description('delete a saved query')
    .argument('<name>', 'name of a saved query')
    .option('--dry-run', 'tell whether it is there and delete nothing')
    .option('--lake <place>', 'directory or s3://bucket/prefix')
    .addHelpText('after', deleteHelp)
    .action(async (name: string, options: DeleteOptions) => setExitCode(await remove(name, options)))
  return command
}

interface ListOptions extends LakeOption {
  readonly samples?: boolean
  readonly source?: string
  readonly json?: boolean
}

async function list({ samples, source, lake, json }: ListOptions): Promise<number> {
  const found = samples === true || source !== undefined ? samplesOf(source) : await listSaved(openLake(lake))
  if (json === true) process.stdout.write(`${JSON.stringify(found)}\n`)
  else if (found.length === 0)
    process.stdout.write('no saved queries; tailrace queries list --samples shows what is built in\n')
  else process.stdout.write(`${table(found.map(cellsOf)).join('\n')}\n`)
  return 0
}

function samplesOf(source: string | undefined): readonly SampleQuery[] {
  const sources = [...new Set(sampleQueries.map(sample => sample.source))]
  if (source !== undefined && !sources.includes(source))
    throw new Error(`there are no samples of ${JSON.stringify(source)}; sources are ${sources.join(', ')}`)
  return sampleQueries.filter(sample => source === undefined || sample.source === source)
}

function cellsOf(found: SavedQuery | SampleQuery): readonly string[] {
  const what = 'title' in found ? found.title : (found.description ?? found.query)
  const parameters = parameterNames(found.query).map(name => `{{${name}}}`)
  return [found.name, what, parameters.join(' ')].map(printable)
}

interface FoundQuery {
  readonly query: string
  readonly groups: readonly string[]
}

/** Throws when there is neither. */
async function find(name: string, lake: string | undefined): Promise<FoundQuery> {
  const sample = sampleQueries.find(one => one.name === name)
  if (sample !== undefined) return { query: sample.query, groups: [] }
  const saved = await readSaved(openLake(lake), checkName(name))
  if (saved !== null) return saved.saved
  const others = await listSaved(openLake(lake))
  const near = nearest(
    name,
    [...others, ...sampleQueries].map(one => one.name),
  )
  const hint = near === undefined ? 'see tailrace queries list' : `did you mean ${near}?`
  throw new Error(`there is no saved or sample query ${JSON.stringify(name)}; ${hint}`)
}

async function show(name: string, { lake, json }: LakeOption & { json?: boolean }): Promise<number> {
  const { query, groups } = await find(name, lake)
  const parameters =
    sampleQueries.find(one => one.name === name)?.parameters ?? parameterNames(query).map(one => ({ name: one }))
  process.stdout.write(json === true ? `${JSON.stringify({ name, query, groups, parameters })}\n` : `${query}\n`)
  return 0
}

async function run(name: string, options: RunOptions): Promise<number> {
  const { query, groups } = await find(name, options.lake)
  return runQuery(query, options.group === undefined && groups.length > 0 ? { ...options, group: groups } : options)
}

interface SaveOptions extends LakeOption {
  readonly description?: string
  readonly group?: readonly string[]
  readonly replace?: boolean
  readonly dryRun?: boolean
}

async function save(name: string, given: string, options: SaveOptions): Promise<number> {
  const query = await readQuery(given)
  const status = check(query)
  if (status !== 0) return status
  if (sampleQueries.some(sample => sample.name === checkName(name)))
    throw new Error(`${name} is the name of a sample query; choose another one`)
  const lake = openLake(options.lake)
  const before = await readSaved(lake, name)
  const taken = `there is a saved query ${name}; --replace replaces it`
  if (before !== null && options.replace !== true) throw new Error(taken)
  if (options.dryRun === true) {
    process.stdout.write(`would save ${name}\n`)
    return 0
  }
  const { description = null, group: groups = [] } = options
  const saved = { name, query, description, groups, savedAt: new Date().toISOString() }
  const isSaved = await writeSaved(lake, saved, before?.etag ?? null)
  if (!isSaved) throw new Error(`${name} was changed by somebody else meanwhile; nothing was saved`)
  process.stdout.write(`saved ${name}\n`)
  return 0
}

/** Parameters stand for what cannot be known yet, so that a query with some is read no further than they are. */
function check(query: string): number {
  const names = parameterNames(query)
  const filled = withParameters(query, new Map(names.map(name => [name, '1'])))
  if ('diagnostics' in filled) return refuse(query, filled.diagnostics, false)
  const parsed = parseQuery(query)
  return names.length > 0 || 'ast' in parsed ? 0 : refuse(query, parsed.diagnostics, false)
}

interface DeleteOptions extends LakeOption {
  readonly dryRun?: boolean
}

async function remove(name: string, options: DeleteOptions): Promise<number> {
  const lake = openLake(options.lake)
  if ((await readSaved(lake, checkName(name))) === null)
    throw new Error(`there is no saved query ${JSON.stringify(name)}`)
  if (options.dryRun !== true) await deleteSaved(lake, name)
  process.stdout.write(options.dryRun === true ? `would delete ${name}\n` : `deleted ${name}\n`)
  return 0
}
