import { loadPipeline } from '../../shared/config/load.js'
import { simulateDay } from '../cost/simulate-day.js'

const { config } = loadPipeline('version: 1\n')
for (const [mode, groups] of [
  ['kinesis', 5000],
  ['direct', 50],
] as const) {
  const t = Date.now()
  const day = await simulateDay({
    mode,
    traffic: { groups, batchMinutes: 5, batchBytes: 10_000 },
    hours: 2,
    scale: 50,
    pipeline: config!,
    onHour: h => console.error(h, Date.now() - t),
  })
  console.log(JSON.stringify(day, null, 1), Date.now() - t)
}
