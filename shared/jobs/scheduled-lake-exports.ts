/** Exports of the lake that `pipeline.yml` asks for: the stretches that are due, each once, `exports/lake/<name>/`. */
import type { LakeExportSetting } from '../config/pipeline.js'
import { readState, type StateStore, writeState } from './job-state.js'
import { type ExportedPart, exportLake, type LakeExportDependencies } from './lake-export.js'

const stateKey = 'state/exports/lake.json'

export interface ScheduledLakeExportDependencies extends Omit<LakeExportDependencies, 'target'> {
  readonly state: StateStore
  readonly targetOf: (folder: string) => LakeExportDependencies['target']
  /** ms since the epoch */
  readonly now: () => number
  readonly isTimeUp: () => boolean
  readonly keepLease: () => Promise<void>
}

/** @returns the files written */
export async function runLakeExports(
  rules: readonly LakeExportSetting[],
  deps: ScheduledLakeExportDependencies,
): Promise<readonly ExportedPart[]> {
  const stored = await readState(deps.state, stateKey)
  let { etag } = stored
  const marks: Record<string, number> = { ...(stored.value as { marks: Record<string, number> } | undefined)?.marks }
  const written: ExportedPart[] = []
  for (const rule of rules) {
    const { everyMs, delayMs, until } = rule
    const end = Math.min(floor(deps.now() - delayMs, everyMs), until ?? Number.POSITIVE_INFINITY)
    let from = marks[rule.name] ?? rule.from ?? floor(deps.now(), 86_400_000)
    while (from < end && !deps.isTimeUp()) {
      await deps.keepLease()
      const to = Math.min(end, floor(from, everyMs) + everyMs)
      const { groups, exclude, format } = rule
      const folder = `exports/lake/${rule.name}/${new Date(from).toISOString().slice(0, 13)}/`
      const request = { kind: 'events' as const, groups, exclude, from, to, everyMs, format }
      const { parts } = await exportLake(request, null, { ...deps, target: deps.targetOf(folder) })
      written.push(...parts)
      marks[rule.name] = to
      etag = await writeState(deps.state, stateKey, { version: 1, marks }, etag)
      from = to
    }
  }
  return written
}

function floor(time: number, step: number): number {
  return Math.floor(time / step) * step
}
