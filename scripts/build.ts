import { relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { buildFunctions } from './build/build-functions.js'
import { readArchitecture } from './build/duckdb-library.js'
import {
  ArchitectureUnknown,
  BundleFailed,
  InvalidPipeline,
  LibraryMissing,
  UnreadablePipeline,
} from './build/errors.js'

const root = resolve(import.meta.dirname, '..')

try {
  const { values } = parseArgs({ options: { arch: { type: 'string', default: 'arm64' } } })
  const { functions, warnings } = await buildFunctions({ root, architecture: readArchitecture(values.arch) })
  for (const warning of warnings) console.error(`${warning}\n`)
  for (const { zip, zipBytes } of functions) {
    console.log(`${relative(root, zip)}  ${(zipBytes / 1024).toFixed(1)} KB`)
  }
} catch (error) {
  const expected = [ArchitectureUnknown, BundleFailed, InvalidPipeline, LibraryMissing, UnreadablePipeline].some(
    kind => error instanceof kind,
  )
  if (!expected) throw error
  console.error((error as Error).message)
  process.exitCode = 1
}
