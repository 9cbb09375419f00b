/**
 * Copies of the records of erasures in one object, so that a commit need not ask for each record by itself. A copy stands for
 * the very object that it was made of, by the key and ETag that a listing has. So one that is old, and an object that is damaged or
 * gone, cost requests and nothing else.
 */
import type { ObjectStore } from '../store/object-store.js'
import { LakeStateUnreadable } from './errors.js'
import { readJson, writeJson } from './json-object.js'

/** Not below the folder of the records, which are listed. */
const copiesKey = 'state/erasures.json.gz'

const version = 1

/** Fewer records are read as fast one by one. */
export const fewRecords = 16

export interface RecordCopy {
  readonly key: string
  readonly etag: string
  readonly record: unknown
}

/** By what `copyName` says. */
export async function readCopies(
  store: Pick<ObjectStore, 'get'>,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, RecordCopy>> {
  try {
    const { records } = await readJson<CopiesObject>(store, copiesKey, version, signal)
    return new Map(Array.isArray(records) ? records.map(copy => [copyName(copy), copy]) : [])
  } catch (error) {
    if (error instanceof LakeStateUnreadable) return new Map()
    throw error
  }
}

export function copyName({ key, etag }: Pick<RecordCopy, 'key' | 'etag'>): string {
  return `${key} ${etag}`
}

export async function writeCopies(
  store: Pick<ObjectStore, 'put'>,
  records: readonly RecordCopy[],
  signal?: AbortSignal,
): Promise<void> {
  await writeJson<CopiesObject>(store, copiesKey, { version, records }, signal)
}

interface CopiesObject {
  readonly version: number
  readonly records: readonly RecordCopy[]
}
