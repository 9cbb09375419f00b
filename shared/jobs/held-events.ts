import type { QueryEngine } from '../engine/query-engine.js'
import { eventsPlan, plainEvent } from './events-plan.js'
import { exportFolder } from './export-streams.js'
import type { HeldEvent, HeldEvents } from './import.js'

/** What the lake holds, as any query sees it: table and landing, each event once. */
export function heldInLake(engine: Pick<QueryEngine, 'run'>): HeldEvents {
  return async ({ account, logGroup, folders, from, to }) => {
    const wanted = new Set(folders)
    const groups = { names: [logGroup], prefixes: [], accounts: [account] }
    const { batches } = await engine.run(eventsPlan(groups, { from, to }))
    const held: HeldEvent[] = []
    for await (const rows of batches) {
      for (const row of rows) {
        const { logStream, timestamp, message } = plainEvent(row)
        if (wanted.has(exportFolder(logStream))) held.push({ logStream, timestamp, message })
      }
    }
    return held
  }
}
