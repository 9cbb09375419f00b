/**
 * What a day costs at list prices: 5,000 groups in Kinesis mode and 50 in direct mode, through the real use cases over stores
 * and a Glue catalog that count. `--hours 2` simulates less of the day, `--markdown` prints docs/cost.md's tables.
 */
import { loadPipeline } from '../../shared/config/load.js'
import { type Bill, billOf, type Line } from '../cost/bill.js'
import { measureFullSize } from '../cost/full-size.js'
import { type Mode, simulateDay } from '../cost/simulate-day.js'
import type { Traffic } from '../cost/traffic.js'

const accounts: readonly { readonly mode: Mode; readonly traffic: Traffic }[] = [
  { mode: 'kinesis', traffic: { groups: 5_000, batchMinutes: 5, batchBytes: 10_000 } },
  { mode: 'direct', traffic: { groups: 50, batchMinutes: 5, batchBytes: 10_000 } },
]
/** Kinesis mode has to stay below, dollars for a raw GB. */
const limit = 0.1
const scale = 50

const hoursAt = process.argv.indexOf('--hours')
const hours = hoursAt === -1 ? 24 : Number(process.argv[hoursAt + 1])
const isMarkdown = process.argv.includes('--markdown')
const { config: pipeline } = loadPipeline('version: 1\n')
if (pipeline === undefined) throw new Error('cost: the empty pipeline.yml is wrong')

/** Of the first account: rows of few events would have what every merge takes counted for each of them. */
let compactCpuMsPerRow: number | undefined

for (const { mode, traffic } of accounts) {
  const measured = await measureFullSize(mode, traffic, pipeline)
  compactCpuMsPerRow ??= measured.compactCpuMsPerRow
  const full = { ...measured, compactCpuMsPerRow }
  const onHour = (hour: number) => process.stderr.write(`\r${mode}: ${hour} of ${hours} hours `)
  const day = await simulateDay({ mode, traffic, hours, scale, pipeline, onHour })
  process.stderr.write('\n')
  const bill = billOf({ mode, traffic, day, hours, scale, full })
  if (isMarkdown) console.log(markdown(mode, traffic, bill))
  else {
    for (const line of [...bill.lines, bill.sum, ...bill.stream]) console.log(JSON.stringify({ mode, ...line }))
    const { rawGbPerDay, storagePerRawGbMonth } = bill
    console.log(
      JSON.stringify({ mode, rawGbPerDay, storagePerRawGbMonth, hours, scale, node: process.version, ...full }),
    )
  }
  if (mode === 'kinesis' && bill.sum.dollarsPerRawGb > limit) {
    console.error(`cost: $${bill.sum.dollarsPerRawGb} for a raw GB is more than $${limit}`)
    process.exitCode = 1
  }
}

function markdown(
  mode: Mode,
  { groups }: Traffic,
  { rawGbPerDay, lines, sum, stream, storagePerRawGbMonth }: Bill,
): string {
  const row = ({ what, amount, dollarsPerDay, dollarsPerRawGb }: Line) =>
    `| ${what} | ${amount} | ${dollarsPerDay.toFixed(4)} | ${dollarsPerRawGb.toFixed(4)} |`
  return [
    `### ${groups.toLocaleString('en-US')} groups, ${mode} mode, ${rawGbPerDay} GB a day`,
    '',
    '| | a day | $ a day | $ a raw GB |',
    '|---|--:|--:|--:|',
    ...lines.map(row),
    row({ ...sum, what: `**${sum.what}**` }),
    ...stream.map(row),
    '',
    `Storage: $${storagePerRawGbMonth.toFixed(4)} a month for each raw GB.`,
    '',
  ].join('\n')
}
