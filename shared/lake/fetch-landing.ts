/**
 * Landing objects on this machine, many of them in one file: an open, a look at the footer and a close of each are a good part
 * of what merging objects of 40 KB costs.
 *
 * A file holds its objects as they are, one after another, and behind them a footer for those that a merge takes
 * (`shared/parquet/joined-footer.ts`). An object has a file of its own when its footer says anything but what the others say,
 * or is not sound, and when it holds rows without ids: a source counts copies for itself.
 */
import { appendFileSync } from 'node:fs'
import { appendFile, open, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { groupBy } from '../iceberg/group-by.js'
import { joinedFooter, openFooter, shiftedRowGroup } from '../parquet/joined-footer.js'
import { FooterUnreadable } from '../parquet/read-footer.js'
import type { EncodedThrift } from '../parquet/thrift.js'
import { NotFound } from '../store/errors.js'
import type { ObjectEntry, ObjectStore } from '../store/object-store.js'
import { inParallel } from './fetch-columns.js'
import { type LandingBounds, type LandingFacts, LandingInspector } from './inspect-landing.js'
import { overlappingStreams } from './landed-streams.js'
import type { LandedRows, MergeInput } from './merge.js'

/** Twice as many save little more, and would make the footer that each thread reads twice as large. */
const objectsPerFile = 64

/** Of more streams and hours, in all objects, what they say takes more memory than a look at the rows: some 600 bytes each. */
const mostSaid = 100_000

export interface Problem {
  readonly entry: ObjectEntry
  readonly reason: string
}

/** A landing object on this machine. */
export interface Fetched {
  readonly entry: ObjectEntry
  readonly facts: LandingFacts
  readonly file: LandingFile
  /** Its bytes in the file. */
  readonly start: number
  readonly end: number
  /** As they stand in the file; none for an object that is one by itself. */
  readonly rowGroups: readonly EncodedThrift[]
}

interface LandingFile {
  readonly path: string
  readonly frame: string
  bytes: number
  objects: number
}

/** What is gone meanwhile is in neither list: another commit consumed it. @throws ObjectStoreError */
export async function fetchLanding(
  store: Pick<ObjectStore, 'get'>,
  entries: readonly ObjectEntry[],
  folder: string,
  signal?: AbortSignal,
): Promise<{ readonly fetched: readonly Fetched[]; readonly problems: readonly Problem[] }> {
  const inspector = new LandingInspector()
  const files = new Map<string, LandingFile>()
  const found: (Fetched | Problem | undefined)[] = []
  let said = 0

  const keep = (entry: ObjectEntry, index: number, body: Uint8Array): Fetched | Problem => {
    const footer = openFooter(body)
    const inspected = inspector.inspect(body, footer)
    if ('problem' in inspected) return { entry, reason: inspected.problem }
    said += inspected.streams?.tallies.length ?? 0
    const facts = said > mostSaid ? { ...inspected, streams: null } : inspected
    const isAlone = facts.hasIdless || !footer.isSound
    const name = isAlone ? `alone ${index}` : `${Math.floor(index / objectsPerFile)} ${footer.frame}`
    const path = join(folder, `landing-${files.size}.parquet`)
    const file = files.get(name) ?? { path, frame: footer.frame, bytes: 0, objects: 0 }
    files.set(name, file)
    // To ask a thread to do it would take longer.
    appendFileSync(file.path, body)
    const start = file.bytes
    file.bytes += body.length
    file.objects++
    const rowGroups = isAlone ? [] : footer.rowGroups.map(group => shiftedRowGroup(group, start))
    return { entry, facts, file, start, end: file.bytes, rowGroups }
  }

  await inParallel(entries, async (entry, index) => {
    try {
      const { body } = await store.get(entry.key, signal === undefined ? {} : { signal })
      found[index] = keep(entry, index, body)
    } catch (error) {
      if (error instanceof FooterUnreadable) found[index] = { entry, reason: error.message }
      else if (!(error instanceof NotFound)) throw error
    }
  })
  return {
    fetched: found.filter((each): each is Fetched => each !== undefined && 'facts' in each),
    problems: found.filter((each): each is Problem => each !== undefined && 'reason' in each),
  }
}

/** The files with these objects and no others, in the order of the objects. */
export async function landingInputs(fetched: readonly Fetched[]): Promise<readonly MergeInput[]> {
  const inputs: MergeInput[] = []
  for (const [file, objects] of groupBy(fetched, each => each.file)) {
    const rows = sum(objects, ({ facts }) => facts.rows)
    // An object by itself ends in its own footer.
    if (file.objects > 1) {
      await truncate(file.path, file.bytes)
      const rowGroups = objects.flatMap(each => each.rowGroups)
      await appendFile(file.path, joinedFooter(file.frame, rows, rowGroups))
    }
    inputs.push({
      path: file.path,
      kind: 'landing',
      bytes: sum(objects, ({ entry }) => entry.size),
      rowGroupBytes: Math.max(...objects.map(({ facts }) => facts.rowGroupBytes)),
      uncompressedBytes: sum(objects, ({ facts }) => facts.uncompressedBytes),
      rows,
      isPartial: objects[0]!.facts.isPartial,
    })
  }
  return inputs
}

/**
 * What these objects say of the inputs that they are; null where one of them does not.
 * @param meets whether the table may hold events of an object with these bounds
 */
export function landedRows(fetched: readonly Fetched[], meets: (bounds: LandingBounds) => boolean): LandedRows | null {
  const streams = fetched.flatMap(({ facts }) => facts.streams ?? [])
  if (streams.length < fetched.length) return null
  const overlapping = overlappingStreams(streams)
  const isDistinct = ({ facts }: Fetched) => !overlapping.has(facts.streams!) && !meets(facts.bounds!)
  const inputs = [...groupBy(fetched, each => each.file).values()]
  return {
    tallies: streams.flatMap(({ tallies }) => tallies),
    distinct: new Set(inputs.flatMap((objects, index) => (objects.every(isDistinct) ? [index] : []))),
  }
}

/** Copies one object into a file of its own. */
export async function copyLanding({ file, start, end }: Fetched, path: string): Promise<void> {
  const source = await open(file.path)
  try {
    const bytes = new Uint8Array(end - start)
    await source.read(bytes, 0, bytes.length, start)
    await writeFile(path, bytes)
  } finally {
    await source.close()
  }
}

/**
 * The same objects, each in a file of its own: one of them may be sound by itself and yet spoil what it is joined to.
 * @returns null when they are so already
 */
export async function setApart(fetched: readonly Fetched[]): Promise<readonly Fetched[] | null> {
  const joined = new Set(fetched.map(({ file }) => file).filter(({ objects }) => objects > 1))
  if (joined.size === 0) return null
  const apart: Fetched[] = []
  for (const each of fetched) {
    if (!joined.has(each.file)) apart.push(each)
    else {
      const path = `${each.file.path}-${each.start}`
      await copyLanding(each, path)
      const bytes = each.end - each.start
      apart.push({
        ...each,
        file: { path, frame: each.file.frame, bytes, objects: 1 },
        start: 0,
        end: bytes,
        rowGroups: [],
      })
    }
  }
  for (const { path } of joined) await rm(path)
  return apart
}

function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + value(item), 0)
}
