import { createHash } from 'node:crypto'
import { type FileHandle, open, stat } from 'node:fs/promises'
import { type ObjectRecord, readRecord, recordPath } from './disk-record.js'
import { isErrno } from './errno.js'

export interface OpenObject {
  readonly file: FileHandle
  readonly size: number
  readonly lastModified: Date
  readonly record: ObjectRecord
}

/**
 * Opens a body and finds the record that belongs to it, without a lock: a body that another one replaces meanwhile is
 * read to its end all the same. Undefined when there is no object. The caller closes the file.
 */
export async function openObject(root: string, records: string, path: string): Promise<OpenObject | undefined> {
  const body = `${root}/${path}`
  for (;;) {
    const file = await openFile(body)
    if (file === undefined) return undefined
    try {
      const found = await file.stat({ bigint: true })
      if (!found.isFile()) {
        await file.close()
        return undefined
      }
      const size = Number(found.size)
      const lastModified = new Date(Number(found.mtimeNs / 1_000_000n))
      const record = await readRecord(recordPath(records, path, found.mtimeNs))
      if (record?.size === size) return { file, size, lastModified, record }
      const again = await statFile(body)
      if (again?.ino === found.ino && again.mtimeNs === found.mtimeNs) {
        // Another program's file.
        return { file, size, lastModified, record: { etag: await etagOf(file), size, metadata: {} } }
      }
    } catch (error) {
      await file.close()
      throw error
    }
    // Replaced or deleted since it was opened, and its record with it.
    await file.close()
  }
}

/** The state of a plain file; undefined when there is none. */
export async function statFile(path: string) {
  try {
    const found = await stat(path, { bigint: true })
    return found.isFile() ? found : undefined
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined
    throw error
  }
}

export async function readBytes(file: FileHandle, start: number, end: number): Promise<Uint8Array> {
  const body = new Uint8Array(end - start)
  let filled = 0
  while (filled < body.length) {
    const { bytesRead } = await file.read(body, filled, body.length - filled, start + filled)
    if (bytesRead === 0) throw new Error(`the file ends ${body.length - filled} bytes early`)
    filled += bytesRead
  }
  return body
}

async function openFile(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r')
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined
    throw error
  }
}

async function etagOf(file: FileHandle): Promise<string> {
  const hash = createHash('md5')
  for await (const chunk of file.createReadStream({ start: 0, autoClose: false })) hash.update(chunk as Buffer)
  return `"${hash.digest('hex')}"`
}
