import { byteSize, counted } from '../shared/diagnostics/table.js'
import { openDuckDb } from '../shared/engine/duckdb.js'
import type { ResultRow } from '../shared/engine/render-row.js'
import { runPlan } from '../shared/engine/run-plan.js'
import type { Project } from '../shared/plan/node.js'
import type { ObjectStore } from '../shared/store/object-store.js'
import { untilAborted } from './interrupt.js'
import { fetchLandingFiles, type Times } from './lake.js'
import { showProgress } from './output/screen.js'

/** The events of a range of time, ready to be asked. All that commands know about engines and files is behind this. */
export interface Session {
  run(plan: Project): Promise<readonly ResultRow[]>
  readonly objects: number
  readonly bytes: number
  close(): Promise<void>
}

/**
 * @param signal ends what is under way: the call rejects with its reason
 * @throws ObjectStoreError, EngineFailed
 */
export async function openSession(lake: ObjectStore, times: Times, signal: AbortSignal): Promise<Session> {
  const fetching = fetchLandingFiles(lake, times, (objects, bytes) =>
    showProgress(`${counted(objects, 'object')}, ${byteSize(bytes)}`),
  )
  const files = await untilAborted(fetching, signal).catch(async error => {
    // What was fetched meanwhile is nobody's.
    if (signal.aborted) await fetching.then(({ remove }) => remove()).catch(() => undefined)
    throw error
  })
  const engine = await openDuckDb({ memoryLimitMb: 1024, threads: 2 })
  let isBusy = false
  const busy = async <T>(work: () => Promise<T>) => {
    isBusy = true
    const done = await untilAborted(work(), signal)
    isBusy = false
    return done
  }
  const close = async () => {
    // A query that was given up still holds its connection.
    if (!isBusy || !signal.aborted) engine.close()
    await files.remove()
  }
  try {
    await engine.defineLogs(files.paths)
  } catch (error) {
    await close()
    throw error
  }
  return {
    objects: files.paths.length,
    bytes: files.bytes,
    close,
    run: plan => busy(() => runPlan(plan, engine)),
  }
}
