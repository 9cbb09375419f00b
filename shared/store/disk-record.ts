import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isErrno } from './errno.js'

/** What a body file does not say about its object. */
export interface ObjectRecord {
  readonly etag: string
  readonly size: number
  readonly contentType?: string
  readonly metadata: Readonly<Record<string, string>>
}

/** Where the record of a body is: named after the body's path and its modification time, which is unique for the key. */
export function recordPath(records: string, bodyPath: string, mtimeNs: bigint): string {
  return join(records, `${bodyPath}.${mtimeNs}.json`)
}

export async function readRecord(path: string): Promise<ObjectRecord | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as ObjectRecord
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined
    throw error
  }
}
