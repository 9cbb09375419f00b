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
    .object({
      ...range,
      account: z.string(),
      attempt: z.number(),
      prefix: z.string(),
      taskId: z.string().nullable(),
      /** Where the group goes on after it, when that is not its end: what was to be exported again meanwhile. */
      next: z.optional(z.number()),
    })
    .nullable(),
  /** Ranges that could not be exported, with what CloudWatch Logs said; tried again from `retryAt` on. */
  troubles: z.array(
    z.object({ ...range, status: z.string(), message: z.string(), attempts: z.number(), retryAt: z.number() }),
  ),
  /** Finished exports that wait for their import. */
  finished: z.array(z.object({ ...range, account: z.string(), taskId: z.string(), prefix: z.string() })),
  /**
   * Imported but for files that cannot be read, or for events that `sample` left out: the lake is not known to hold all
   * of these times.
   */
  incomplete: z.array(z.object({ ...range, files: z.number(), sampledOut: z.number() })).default([]),
})

export type ExportState = z.output<typeof schema>
export type ActiveExport = NonNullable<ExportState['active']>
export type FinishedExport = ExportState['finished'][number]
export type IncompleteImport = ExportState['incomplete'][number]

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
    return { version: 1, marks: {}, active: null, troubles: [], finished: [], incomplete: [] }
  }
  const { success, data, error } = schema.safeParse(value)
  if (!success) throw new UnreadableState(exportStateKey, 'is not what this release writes', error)
  return data
}

/** With one more; stretches that follow each other are one, so that a sampled group does not add one each day. */
export function withIncomplete(
  incomplete: readonly IncompleteImport[],
  added: IncompleteImport,
): ExportState['incomplete'] {
  if (added.files + added.sampledOut === 0) return [...incomplete]
  const isBefore = ({ rule, group, to }: IncompleteImport) =>
    rule === added.rule && group === added.group && to === added.from
  const before = incomplete.find(isBefore) ?? { from: added.from, files: 0, sampledOut: 0 }
  const { from, files, sampledOut } = before
  const one = { ...added, from, files: files + added.files, sampledOut: sampledOut + added.sampledOut }
  return [...incomplete.filter(each => each !== before), one]
}

type AgainState = Pick<ExportState, 'marks' | 'active' | 'incomplete'>

/**
 * The marks put back to the first time of each group that is incomplete, so that it is exported again from there on, also
 * where a task of it is under way: an import lands only what is missing. Where a group is sampled still, that would leave
 * the same events out.
 */
export function marksForAgain(
  { marks, active, incomplete }: AgainState,
  isSampled: (logGroup: string) => boolean,
): AgainState {
  const isCurable = ({ group, files }: IncompleteImport) => files > 0 || !isSampled(group)
  const back = { ...marks }
  for (const { rule, group, from } of incomplete.filter(isCurable)) {
    back[rule] = { ...back[rule], [group]: Math.min(from, back[rule]?.[group] ?? from) }
  }
  const isCured = active !== null && incomplete.some(one => isCurable(one) && isOfGroup(one, active))
  return {
    marks: back,
    active: isCured ? { ...active, next: back[active.rule]![active.group]! } : active,
    // What comes after is exported again with it, and left out again.
    incomplete: incomplete.filter(({ rule, group, from }) => from < (back[rule]?.[group] ?? Infinity)),
  }
}

function isOfGroup(one: Pick<IncompleteImport, 'rule' | 'group'>, { rule, group }: ActiveExport): boolean {
  return one.rule === rule && one.group === group
}
