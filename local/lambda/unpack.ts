import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { unzipSync } from 'fflate'
import { PackageUnreadable } from './errors.js'

/**
 * Writes the files of a function's package into a folder.
 * @throws PackageUnreadable
 */
export async function unpack(file: string, folder: string): Promise<void> {
  let files: Record<string, Uint8Array>
  try {
    files = unzipSync(await readFile(file))
  } catch (error) {
    throw new PackageUnreadable(file, error)
  }
  for (const [name, content] of Object.entries(files)) {
    if (name.endsWith('/')) continue
    const path = join(folder, name)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, content)
  }
}
