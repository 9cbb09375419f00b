import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { continuationMark, metaDirectory, nameOfSegment, segmentOfName } from './disk-path.js'
import { isErrno } from './errno.js'
import { compareKeys } from './key.js'

export interface FoundFile {
  readonly key: string
  readonly path: string
}

interface Wanted {
  readonly prefix: string
  readonly after: string | undefined
}

/**
 * The files below a directory that stand for keys with the prefix and after `after`, in the order of the keys' bytes;
 * reads one directory at a time and only those that can hold such keys.
 */
export async function* walkDisk(root: string, wanted: Wanted): AsyncGenerator<FoundFile> {
  yield* walk(root, '', wanted)
}

async function* walk(directory: string, keyPrefix: string, wanted: Wanted): AsyncGenerator<FoundFile> {
  const entries = await entriesOf(directory, '', keyPrefix === '')
  // A directory stands for keys that go on with a slash, and that is how it sorts among the files beside it.
  const sorted = entries
    .map(entry => ({ ...entry, key: `${keyPrefix}${entry.segment}${entry.isDirectory ? '/' : ''}` }))
    .sort((a, b) => compareKeys(a.key, b.key))
  for (const { key, path, isDirectory } of sorted) {
    if (isDirectory) {
      if (canHold(key, wanted)) yield* walk(path, key, wanted)
    } else if (key.startsWith(wanted.prefix) && (wanted.after === undefined || compareKeys(key, wanted.after) > 0)) {
      yield { key, path }
    }
  }
}

function canHold(keyPrefix: string, { prefix, after }: Wanted): boolean {
  if (!keyPrefix.startsWith(prefix) && !prefix.startsWith(keyPrefix)) return false
  return after === undefined || after.startsWith(keyPrefix) || compareKeys(keyPrefix, after) > 0
}

interface Entry {
  readonly segment: string
  readonly path: string
  readonly isDirectory: boolean
}

/** What a directory holds, with the pieces of long names put together; files that no key would get are left out. */
async function entriesOf(directory: string, firstPieces: string, isRoot: boolean): Promise<Entry[]> {
  const entries: Entry[] = []
  for (const entry of await readDirectory(directory)) {
    const path = join(directory, entry.name)
    const isDirectory = entry.isDirectory()
    if (isRoot && firstPieces === '' && entry.name === metaDirectory) continue
    if (isDirectory && entry.name.endsWith(continuationMark)) {
      const pieces = firstPieces + entry.name.slice(0, -continuationMark.length)
      entries.push(...(await entriesOf(path, pieces, isRoot)))
    } else if (isDirectory || entry.isFile()) {
      const segment = segmentOfName(firstPieces + entry.name)
      const expected = nameOfSegment(segment, !isDirectory).replaceAll(`${continuationMark}/`, '')
      if (expected === firstPieces + entry.name) entries.push({ segment, path, isDirectory })
    }
  }
  return entries
}

async function readDirectory(directory: string) {
  try {
    return await readdir(directory, { withFileTypes: true })
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return []
    throw error
  }
}
