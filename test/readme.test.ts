/**
 * Runs every offline command of the README, as written, in a copy of the project. Blocks marked `sh` are offline; `sh aws`
 * needs an account.
 */
import { execFile, spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '..')
const left = new Set(['node_modules', 'dist', '.git', '.tailrace', '.serverless', 'coverage'])
const readme = readFileSync(join(root, 'README.md'), 'utf8')
const commands = [...readme.matchAll(/^```sh\n([\s\S]*?)^```/gm)].flatMap(([, block]) => block!.trim().split('\n'))

/** What the output of a command has to hold. */
const expected: Readonly<Record<string, RegExp>> = {
  'npm ci': /change|up to date|added|removed/,
  'npm start': /Ctrl-C[\s\S]*Stopped after \d+ deliveries/,
  'npm start -- --once --logs test/data/sample.log --group /my/app': /\/my\/app +1 +40/,
  'npx serverless package': /Service packaged/,
  "npx tailrace query 'stats count(*) as events by @log | sort events desc | limit 5'": /ecs\/storefront-nginx +30/,
  "npx tailrace query --group '/aws/lambda/*' 'filter @type = \"REPORT\" | stats avg(@duration), max(@maxMemoryUsed) by bin(1d)'":
    /avg\(@duration\)/,
  'npx tailrace lake commit': /committed [\d,]+ rows/,
  'npx tailrace lake status': /table +[\d,]+ rows/,
  "npx tailrace explain 'filter @message like /timed out/ | stats count(*) by bin(5m)'": /-- sql --/,
  "npx tailrace search --group '/var/log/nginx' '[ip, id, user, time, request, status=5*, ...]'": /" 500 803/,
  'npx tailrace pattern explain \'{ $.errorCode = "*Unauthorized*" || $.status > 499 }\'':
    /Matches events that are a JSON document/,
  "npx tailrace pattern test '[ip, ident, user, time, request, status=5*, size, ...]' test/data/sample.log":
    /\$status = 502/,
}

let folder = ''
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tailrace-readme-'))
  cpSync(root, folder, { recursive: true, filter: source => !left.has(basename(source)) || source === root })
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  await run(
    'npx esbuild cli/bin.ts --bundle --platform=node --format=esm --packages=external --outfile=dist/tailrace.js --log-level=error',
  )
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the README', () => {
  it('has the commands that are expected here, and no other', () => {
    expect([...commands].sort()).toEqual(Object.keys(expected).sort())
  })

  it.each(commands)('gives a command that works: %s', { timeout: 120_000 }, async command => {
    expect(await outputOf(command)).toMatch(expected[command]!)
  })
})

/** Installing anew is left to a dry run, and the port to the system: another program may have the default one. */
function outputOf(command: string): Promise<string> {
  if (command === 'npm ci') return run('npm ci --dry-run --offline --ignore-scripts --no-audit')
  if (command === 'npm start') return runUntilStopped('npm start -- --port 0', 'Ctrl-C')
  return run(command.startsWith('npm start') ? `${command} --port 0` : command)
}

async function run(command: string): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)('sh', ['-c', command], {
    cwd: folder,
    env: environment(),
    maxBuffer: 10_000_000,
  })
  return stdout + stderr
}

/** Interrupts the command, as a user at a terminal does, when it has said something. */
function runUntilStopped(command: string, said: string): Promise<string> {
  return new Promise((done, fail) => {
    const child = spawn('sh', ['-c', `exec ${command}`], { cwd: folder, env: environment(), detached: true })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', chunk => {
        const before = output.includes(said)
        output += chunk
        if (!before && output.includes(said)) process.kill(-child.pid!, 'SIGINT')
      })
    }
    // npm itself ends by the signal; that the program ended well is in what it said.
    child.on('close', () => done(output))
    child.on('error', fail)
  })
}

function environment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(AWS_|TAILRACE_|SLS_|VITEST|npm_)/.test(name)),
  )
}
