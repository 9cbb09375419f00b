/**
 * `npm run bench -- NAME` runs `test/bench/NAME.ts` on the Node of Lambda's runtime where it is installed (Node 24 from
 * the optional package `node24`), else on this one, and prints one JSON object a line.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { build } from 'esbuild'
import { buildFunctions } from './build/build-functions.js'

const root = resolve(import.meta.dirname, '..')
const benches = readdirSync(resolve(root, 'test/bench'))
  .filter(name => name.endsWith('.bench.ts'))
  .map(name => name.slice(0, -'.bench.ts'.length))
const name = process.argv[2] ?? ''

if (!benches.includes(name)) {
  console.error(`usage: npm run bench -- NAME, where NAME is one of: ${benches.join(', ')}`)
  process.exit(2)
}

// Some benches measure the packaged functions.
await buildFunctions({ root })
const outfile = resolve(root, `dist/bench/${name}.mjs`)
mkdirSync(resolve(root, 'dist/bench'), { recursive: true })
await build({
  entryPoints: [resolve(root, `test/bench/${name}.bench.ts`)],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  mainFields: ['module', 'main'],
  external: ['@duckdb/node-api'],
  banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  logLevel: 'warning',
})
const node24 = resolve(root, 'node_modules/node24/bin/node')
const { status } = spawnSync(
  existsSync(node24) ? node24 : process.execPath,
  ['--expose-gc', outfile, ...process.argv.slice(3)],
  {
    stdio: 'inherit',
    cwd: root,
  },
)
process.exit(status ?? 1)
