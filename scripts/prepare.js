import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { buildSync } from 'esbuild'

/**
 * What `npm ci` does at its end: builds the command `tailrace`; takes away npm's link to the optional Node 24, which
 * would otherwise run every script; and fetches DuckDB's native library for the Linux architectures that npm has left
 * out because this machine is another one. `serverless package` puts it into packages, and works offline from then on.
 */
const root = join(import.meta.dirname, '..')

// In chunks, so that a command loads what it needs.
rmSync(join(root, 'dist/chunks'), { recursive: true, force: true })
buildSync({
  absWorkingDir: root,
  entryPoints: { tailrace: 'cli/bin.ts' },
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  // Packages are part of the chunks: finding and reading their many files takes longer than running them, and Node 20 looks
  // for the exports of each with 200 ms of JavaScript where it is DuckDB's. The native library stays where it is.
  external: ['@aws-sdk/*', '@duckdb/node-bindings'],
  mainFields: ['module', 'main'],
  banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  logLevel: 'warning',
  outdir: 'dist',
})
rmSync(join(root, 'node_modules/.bin/node'), { force: true })
for (const architecture of ['arm64', 'x64']) fetchLibrary(architecture)

/** Leaves a note instead of failing: only packaging for this architecture needs the library, and says so then. */
function fetchLibrary(architecture) {
  const name = `@duckdb/node-bindings-linux-${architecture}`
  const place = `node_modules/${name}`
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
  const { version, integrity } = packages[place]
  const target = join(root, 'node_modules/.cache/tailrace', `duckdb-${version}-${architecture}`)
  if (existsSync(join(root, place)) || existsSync(target)) return
  const scratch = `${target}.${process.pid}`
  mkdirSync(scratch, { recursive: true })
  try {
    const options = ['--no-save', '--no-audit', '--no-fund', '--force', '--os=linux', `--cpu=${architecture}`]
    const npm = process.env.npm_execpath
    const install = ['install', '--prefix', scratch, ...options, '--libc=glibc', `${name}@${version}`]
    const [command, args] = npm?.endsWith('.js') ? [process.execPath, [npm, ...install]] : ['npm', install]
    const { status, stderr } = spawnSync(command, args, { cwd: scratch, encoding: 'utf8', timeout: 120_000 })
    const lock = join(scratch, 'node_modules/.package-lock.json')
    const found = status === 0 && existsSync(lock) ? JSON.parse(readFileSync(lock, 'utf8')).packages[place] : undefined
    if (found?.integrity === integrity) renameSync(join(scratch, place), target)
    else
      console.warn(`${name}@${version} was not fetched: ${stderr || 'its checksum is not that of package-lock.json'}`)
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}
