/** What the export queue remembers, `state/exports/queue.json`: one object, so that a mark moves with the task that moved it. */
import * as z from 'zod'
import { PreconditionFailed } from '../store/errors.js'
import { UnreadableState } from './errors.js'
import { readState, type StateStore, writeState } from './job-state.js'

const range = { rule: z.string(), group: z.string(), from: z.number(), to: z.number() }

const schema = z.object({
  version: z.literal(1),
  /** By rule and group: everything before this time is exported, ms. */
  marks: z.record(z.string(), z.record(z.string(), z.number())),
  /** The task that is under way, or about to be created. */
  active: z
    .object({ ...range, account: z.string(), attempt: z.number(), prefix: z.string(), taskId: z.string().nullable() })
    .nullable(),
  /** Ranges that could not be exported, with what CloudWatch Logs said; tried again from `retryAt` on. */
  troubles: z.array(
    z.object({ ...range, status: z.string(), message: z.string(), attempts: z.number(), retryAt: z.number() }),
  ),
  /** Finished exports that wait for their import. */
  finished: z.array(z.object({ ...range, account: z.string(), taskId: z.string(), prefix: z.string() })),
  /** Imported but for files that cannot be read: what was missed of these times is not known to be there. */
  unreadable: z.array(z.object({ ...range, files: z.number() })).default([]),
})

export type ExportState = z.output<typeof schema>
export type ActiveExport = NonNullable<ExportState['active']>
export type FinishedExport = ExportState['finished'][number]

const exportStateKey = 'state/exports/queue.json'

export interface OpenState {
  readonly value: ExportState
  /** Writes the next version. Rejects with PreconditionFailed when another run has written. */
  save(change: Partial<ExportState>): Promise<void>
}

/** @throws UnreadableState */
export async function openExportState(store: StateStore): Promise<OpenState> {
  const stored = await readState(store, exportStateKey)
  let { etag } = stored
  let value = parse(stored.value)
  return {
    get value() {
      return value
    },
    async save(change) {
      const next = { ...value, ...change }
      etag = await write(store, next, etag)
      value = next
    },
  }
}

async function write(store: StateStore, next: ExportState, etag: string | null): Promise<string> {
  try {
    return await writeState(store, exportStateKey, next, etag)
  } catch (error) {
    if (!(error instanceof PreconditionFailed)) throw error
    // Perhaps it was this very PUT, whose answer was lost.
    const found = await readState(store, exportStateKey)
    if (found.etag === null || JSON.stringify(found.value) !== JSON.stringify(next)) throw error
    return found.etag
  }
}

function parse(value: unknown): ExportState {
  if (value === undefined) {
    return { version: 1, marks: {}, active: null, troubles: [], finished: [], unreadable: [] }
  }
  const { success, data, error } = schema.safeParse(value)
  if (!success) throw new UnreadableState(exportStateKey, 'is not what this release writes', error)
  return data
}
