/** Packaged functions in processes of their own. */
import { spawn } from 'node:child_process'
import { resolve } from 'node:path'

export interface PackagedFunction {
  readonly name: 'ingest' | 'commit' | 'compact' | 'query'
  /** What stands in for AWS. */
  readonly url: string
  /** Of an ES module, which finds the path of the bundle in `bundle`; it ends with `report(…)`, and may call `peakMb()`. */
  readonly script: string
  /** JSON that the script reads from its standard input. */
  readonly event?: unknown
  readonly environment?: Readonly<Record<string, string>>
}

const mark = '{"reported":'

// On Linux `maxRSS` of a process is never less than the peak of the one that started it, which here has made the data.
const preamble = `import { readFileSync } from 'node:fs'
const bundle = process.argv[1]
function report(reported) {
  process.stderr.write(JSON.stringify({ reported }), () => process.exit(0))
}
function peakMb() {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS / 1024
  return Number(readFileSync('/proc/self/status', 'utf8').split('VmHWM:')[1].split('kB')[0]) / 1024
}`

/** What the script reported. A script that ends without a report fails with what it wrote. */
export function runPackaged<T>({ name, url, script, event = {}, environment = {} }: PackagedFunction): Promise<T> {
  const args = ['--input-type=module', '--eval', `${preamble}\n${script}`, resolve(`dist/${name}/index.mjs`)]
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, args, {
      stdio: ['pipe', 'ignore', 'pipe'],
      env: {
        AWS_ENDPOINT_URL: url,
        AWS_REGION: 'us-east-1',
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
        TAILRACE_BUCKET: 'bench',
        TAILRACE_RAW_BUCKET: 'raw',
        TAILRACE_STACK: 'tailrace-bench',
        POWERTOOLS_SERVICE_NAME: 'tailrace',
        ...environment,
      },
    })
    let answer = ''
    child.stderr.setEncoding('utf8').on('data', chunk => {
      answer += chunk
    })
    child.on('error', fail)
    child.on('close', () => {
      try {
        done((JSON.parse(answer.slice(answer.lastIndexOf(mark))) as { reported: T }).reported)
      } catch {
        fail(new Error(`bench: the process of its own ended with: ${answer.slice(0, 2000)}`))
      }
    })
    // A script that does not read may have ended.
    child.stdin.on('error', () => {})
    child.stdin.end(JSON.stringify(event))
  })
}
