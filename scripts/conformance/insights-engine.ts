import type { ResultRow } from '../../shared/engine/render-row.js'
import type { Project } from '../../shared/plan/node.js'
import type { ObjectStore } from '../../shared/store/object-store.js'

/** What the Insights cases run on. */
export interface InsightsEngine {
  /** With its own version. */
  readonly name: string
  /** Where the events of a dataset land. */
  storeOf(dataset: string): ObjectStore
  /** From now on, plans run over the events of this dataset. */
  use(dataset: string): Promise<void>
  run(plan: Project): Promise<readonly ResultRow[]>
  close(): Promise<void>
}
