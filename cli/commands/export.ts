import { Command } from 'commander'
import { type LakeExportOptions, lakeToFiles } from '../export-lake.js'
import { type LogsExportOptions, logsToFiles } from '../export-logs.js'
import { defaultStack } from '../logs-options.js'
import { collect } from '../scope-options.js'

const lakeHelp = `
Writes events, or the rows of a query, to a folder or s3://bucket/prefix. Events are cut by time, a file for each --every;
manifest.json says which are done, and the same command goes on after an interruption.

  tailrace export lake ./out --group '/ecs/*' --since 2026-01-01 --until 2026-02-01 --format parquet
  tailrace export lake s3://bucket/reports/ --format csv --since 1d --query 'stats count(*) by @logStream'

Exit status: 0 done; 2 an argument is wrong, the folder holds another export, or the lake cannot be read.`

const logsHelp = `
The exports of pipeline.yml (docs/export.md) through CreateExportTask, one at a time, since CloudWatch Logs has one active
task for the whole account. The function does this on its schedule; here the plan is shown, and --apply works on it until
nothing is due. --status shows what is under way and what imports left out, --again exports that once more, --cancel ends
the task that is under way.

Exit status: 0 done, or nothing to do; 1 some exports are in trouble; 2 an argument or the configuration is wrong.`

/** `tailrace export`: the lake to files, and log groups to S3. */
export function exportCommand({ setExitCode }: { readonly setExitCode: (code: number) => void }): Command {
  const command = new Command('export').description('write the lake, or log groups of CloudWatch, to files')
  command
    .command('lake')
    .description('write events or a query of the lake as ndjson, csv or parquet')
    .argument('<place>', 'directory or s3://bucket/prefix')
    .option('--group <name>', 'log group or glob; may be repeated', collect)
    .requiredOption('--since <time>', 'earliest event time')
    .option('--until <time>', 'end of the range, excluded', 'now')
    .option('--query <query>', 'write the rows of this query instead of the events')
    .option('--format <format>', 'ndjson, csv or parquet', 'ndjson')
    .option('--every <time>', 'what one file of events covers: 1h, 1d', '1d')
    .option('--lake <place>', 'directory or s3://bucket/prefix')
    .option('--json', 'print the manifest')
    .addHelpText('after', lakeHelp)
    .action(async (place: string, options: LakeExportOptions) => setExitCode(await lakeToFiles(place, options)))
  command
    .command('logs')
    .description('run the exports of log groups that pipeline.yml asks for')
    .option('--apply', 'do it; without, the plan is shown')
    .option('--status', 'what is under way, and what is in trouble')
    .option('--cancel', 'end the task that is under way')
    .option('--again', 'export once more the times that imports have landed in part')
    .option('--lake <place>', 'main bucket: s3://bucket/prefix')
    .option('--raw <place>', 'raw bucket: s3://bucket')
    .option('--pipeline <file>', 'the configuration, pipeline.yml if left out')
    .option('--stack <name>', 'name of the stack', defaultStack)
    .option('--region <region>', "region of the log groups; the environment's if left out")
    .option('--json', 'print one JSON document')
    .addHelpText('after', logsHelp)
    .action(async (options: LogsExportOptions) => setExitCode(await logsToFiles(options)))
  return command
}
