import { basename, resolve } from 'node:path'
import { parseArgs } from 'node:util'

export interface StartOptions {
  /** Ends after the report. */
  readonly once: boolean
  /** The report as one JSON document. */
  readonly json: boolean
  readonly reset: boolean
  readonly port: number
  /** Absolute. */
  readonly data: string
  /** The user's own files, absolute; empty for the samples. */
  readonly files: readonly string[]
  readonly logGroup: string
  /** Of all files; by default each file has a stream of its name. */
  readonly logStream: string | undefined
}

export type Arguments =
  | { readonly kind: 'start'; readonly options: StartOptions }
  | { readonly kind: 'help' }
  | { readonly kind: 'wrong'; readonly message: string }

export const usage = `Usage: npm start -- [options]

Starts Tailrace on this machine: the packaged functions behind an endpoint that speaks S3 and
Lambda. Sends the sample logs through it, shows what landed, and keeps running until Ctrl-C.

  --once            end after showing what landed
  --logs FILE...    send these files instead of the samples: text, gzipped or not, an event a line
  --group NAME      log group of the files (default: /local/files)
  --stream NAME     log stream of the files (default: each file's name)
  --port N          port of the endpoint on 127.0.0.1 (default: 4566)
  --data DIR        where the buckets are kept (default: .tailrace)
  --reset           delete what is kept there first
  --json            the report as JSON on standard output; with --once
  --help            this text

Exit status: 0; 1 when something could not be started, read or delivered; 2 for wrong options.`

/** @param folders `cwd`: what relative paths start from; `root`: the checkout */
export function parseArguments(
  args: readonly string[],
  folders: { readonly cwd: string; readonly root: string },
): Arguments {
  let parsed: ReturnType<typeof parse>
  try {
    parsed = parse(args)
  } catch (error) {
    return wrong((error as Error).message.split('. ')[0] ?? '')
  }
  const { values, positionals } = parsed
  if (values.help) return { kind: 'help' }
  const port = Number(values.port)
  if (!/^\d{1,5}$/.test(values.port) || port > 65_535) return wrong(`--port ${values.port}: expected 0 to 65535`)
  const files = [...(values.logs ?? []), ...positionals]
  if (positionals.length > 0 && values.logs === undefined) {
    return wrong(`${positionals[0]}: files are given with --logs`)
  }
  for (const option of ['group', 'stream'] as const) {
    if (values[option] !== undefined && files.length === 0) return wrong(`--${option} is for files given with --logs`)
  }
  if (values.json && !values.once) return wrong('--json is for --once')
  const logGroup = values.group ?? '/local/files'
  if (!/^[-._/#A-Za-z0-9]{1,512}$/.test(logGroup)) {
    return wrong(`--group ${logGroup}: expected up to 512 of A-Z a-z 0-9 - _ . / #`)
  }
  const logStream = values.stream
  if (logStream !== undefined && !/^[^:*]{1,512}$/.test(logStream)) {
    return wrong(`--stream ${logStream}: expected up to 512 characters other than : and *`)
  }
  return {
    kind: 'start',
    options: {
      once: values.once,
      json: values.json,
      reset: values.reset,
      port,
      data: values.data === undefined ? resolve(folders.root, '.tailrace') : resolve(folders.cwd, values.data),
      files: files.map(file => resolve(folders.cwd, file)),
      logGroup,
      logStream,
    },
  }
}

function parse(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      once: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      reset: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
      port: { type: 'string', default: '4566' },
      data: { type: 'string' },
      logs: { type: 'string', multiple: true },
      group: { type: 'string' },
      stream: { type: 'string' },
    },
  })
}

function wrong(message: string): Arguments {
  return { kind: 'wrong', message }
}

/** The log stream of a file: its name, without what CloudWatch Logs does not take. */
export function streamOfFile(file: string): string {
  return basename(file).replace(/[:*]/g, '_').slice(0, 512)
}
