import { copyFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { NotFound } from '../store/errors.js'
import type { ObjectStore } from '../store/object-store.js'
import type { FileUpload } from '../store/s3-upload.js'
import type { ExportTarget } from './lake-export.js'

/** Files in a folder, which is made. */
export function folderTarget(folder: string): ExportTarget {
  const place = async (name: string, make: (draft: string) => Promise<void>) => {
    await mkdir(folder, { recursive: true })
    const draft = join(folder, `.${name}.${process.pid}`)
    await make(draft)
    await rename(draft, join(folder, name))
  }
  return {
    async read(name) {
      try {
        return await readFile(join(folder, name))
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
        throw error
      }
    },
    write: (name, content) => place(name, draft => writeFile(draft, content)),
    writeFile: (name, path) => place(name, draft => copyFile(path, draft)),
  }
}

/** Objects below a prefix, which ends with its slash. Without `upload`, files are read into memory. */
export function bucketTarget(
  store: Pick<ObjectStore, 'get' | 'put'>,
  prefix: string,
  upload: FileUpload = async (key, path) => void (await store.put(key, await readFile(path))),
): ExportTarget {
  return {
    async read(name) {
      try {
        return (await store.get(prefix + name)).body
      } catch (error) {
        if (error instanceof NotFound) return null
        throw error
      }
    },
    write: async (name, content) => void (await store.put(prefix + name, content)),
    writeFile: (name, path) => upload(prefix + name, path),
  }
}
