import { relative, resolve } from 'node:path'
import { buildFunctions } from './build/build-functions.js'
import { BundleFailed, InvalidPipeline, UnreadablePipeline } from './build/errors.js'

const root = resolve(import.meta.dirname, '..')

try {
  const { functions, warnings } = await buildFunctions({ root })
  for (const warning of warnings) console.error(`${warning}\n`)
  for (const { zip, zipBytes } of functions) {
    console.log(`${relative(root, zip)}  ${(zipBytes / 1024).toFixed(1)} KB`)
  }
} catch (error) {
  const expected = [BundleFailed, InvalidPipeline, UnreadablePipeline].some(kind => error instanceof kind)
  if (!expected) throw error
  console.error((error as Error).message)
  process.exitCode = 1
}
