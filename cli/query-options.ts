import { type Command, Option } from 'commander'
import { engineNames } from '../shared/engine/choosing-engine.js'
import { addScopeOptions, collect } from './scope-options.js'

/** The options of commands that run a query and print its answer. */
export function addQueryOptions(command: Command): Command {
  return addScopeOptions(command)
    .option('--param <name=value>', 'value of a parameter {{name}} of the query; may be repeated', collect)
    .option('--lookup <name=file>', 'CSV file as a lookup table; else lookups/<name>.csv of the lake', collect)
    .option('--function <name>', 'have this query function run it (docs/query.md), and not this machine')
    .addOption(
      new Option(
        '--engine <engine>',
        'of the query function (--function): auto has Athena run what is too large for DuckDB',
      ).choices([...engineNames]),
    )
    .option('--max-scan <size>', 'stop before more than that is read, such as 500MB or 2GB')
    .option('--json', 'print the rows as one JSON list')
    .option('--csv', 'print the rows as CSV (RFC 4180)')
    .option('--raw', 'print the messages only')
    .option('--chart', 'draw numbers by category or over time; on a terminal that is done anyway')
    .option('--no-chart', 'draw nothing')
}

export const exitHelp = `Exit status: 0 done, also without a row; 2 the query, an argument or the lake is wrong; 3 more would be read than
--max-scan allows; 130 ended by Ctrl-C.`
