import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ArchitectureUnknown, LibraryMissing } from './errors.js'
import { zipFiles } from './zip-files.js'

/** As CloudFormation spells it. */
export type Architecture = 'arm64' | 'x86_64'

/** @throws ArchitectureUnknown */
export function readArchitecture(name: string): Architecture {
  if (name === 'arm64' || name === 'x86_64') return name
  throw new ArchitectureUnknown(name)
}

/** What loads the native library beside it; a bundle that imports it needs both in its package. */
export const duckDbBindings = '@duckdb/node-bindings'

/**
 * DuckDB's native library for Lambda's Linux and the module that loads it, as a zip of `node_modules`. Made once for each
 * version of DuckDB, since compressing takes seconds.
 * @throws LibraryMissing
 */
export async function zipDuckDb(root: string, architecture: Architecture): Promise<Uint8Array> {
  const cpu = architecture === 'arm64' ? 'arm64' : 'x64'
  const modules = join(root, 'node_modules')
  const { version } = JSON.parse(await readFile(join(modules, duckDbBindings, 'package.json'), 'utf8'))
  const fetched = join(modules, '.cache/tailrace', `duckdb-${version}-${cpu}`)
  const cached = `${fetched}.zip`
  if (existsSync(cached)) return readFile(cached)
  const native = `${duckDbBindings}-linux-${cpu}`
  const folder = [join(modules, native), fetched].find(existsSync)
  if (folder === undefined) throw new LibraryMissing(`${native}@${version}`)
  const zip = zipFiles(
    {
      ...(await readAll(native, folder, ['package.json', 'LICENSE', 'duckdb.node', 'libduckdb.so'])),
      ...(await readAll(duckDbBindings, join(modules, duckDbBindings), ['package.json', 'LICENSE', 'duckdb.js'])),
    },
    6,
  )
  await mkdir(dirname(cached), { recursive: true })
  const temporary = `${cached}.${process.pid}.tmp`
  await writeFile(temporary, zip)
  await rename(temporary, cached)
  return zip
}

async function readAll(name: string, folder: string, files: readonly string[]): Promise<Record<string, Uint8Array>> {
  const read = files.map(async file => [`node_modules/${name}/${file}`, await readFile(join(folder, file))] as const)
  return Object.fromEntries(await Promise.all(read))
}
