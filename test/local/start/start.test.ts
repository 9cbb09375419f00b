import { readdirSync, readFileSync } from 'node:fs'
import { appendFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { controlMessage, lambdaEvent } from '../../helpers/payload.js'
import { root, runStart, stopAll } from './run-start.js'

interface Sample {
  readonly file: string
  readonly format: string
}

interface Landed {
  readonly format: string
  readonly logGroup: string
  readonly objects: number
  readonly rows: number
  readonly bytes: number
}

interface Report {
  readonly deliveries: Readonly<Record<string, unknown>> & { readonly keys: readonly string[] }
  readonly landed: readonly Landed[]
  readonly objects: number
  readonly rows: number
  readonly query: { readonly rows: readonly (readonly unknown[])[] }
  readonly problems: readonly string[]
}

const manifest = JSON.parse(readFileSync(join(root, 'events/manifest.json'), 'utf8')) as readonly Sample[]
const samples = manifest.map(({ file, format }) => {
  const { logGroup, logEvents } = JSON.parse(readFileSync(join(root, 'events', file), 'utf8'))
  return { format, logGroup: logGroup as string, rows: logEvents.length as number }
})
const sampleRows = samples.reduce((sum, { rows }) => sum + rows, 0)
const firstRows = samples[0]!.rows

let scratch: string
let data: string
let temporary: string
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'tailrace-start-'))
  data = join(scratch, 'data')
  temporary = join(scratch, 'tmp')
  await mkdir(temporary)
})
afterEach(stopAll)
afterAll(() => rm(scratch, { recursive: true }))

function start(...args: string[]) {
  return runStart(['--data', data, '--port', '0', ...args], { TMPDIR: temporary, INIT_CWD: scratch })
}

async function reportOf(
  ...args: string[]
): Promise<Report & { readonly status: number | null; readonly stderr: string }> {
  const { status, stdout, stderr } = await start('--once', '--json', ...args).ended
  if (stdout === '') throw new Error(stderr)
  return { ...JSON.parse(stdout), status, stderr }
}

/** The first start may have to build and package. */
const timeout = 120_000

describe('npm start -- --once', () => {
  it('lands every sample, what comes twice once, and nothing of what is not events', { timeout }, async () => {
    const report = await reportOf()
    expect(report.deliveries).toMatchObject({
      deliveries: samples.length + 3,
      objects: samples.length,
      events: sampleRows,
      duplicates: firstRows,
      controlMessages: 1,
      quarantined: { compression: 1 },
      refused: 0,
      sampled: 0,
      failures: [],
    })
    expect(report.objects).toBe(samples.length)
    const expected = new Map<string, number>()
    for (const { format, logGroup, rows } of samples) {
      expected.set(`${format} ${logGroup}`, (expected.get(`${format} ${logGroup}`) ?? 0) + rows)
    }
    const landed = report.landed.map(({ format, logGroup, rows }) => [`${format} ${logGroup}`, rows] as const)
    expect(new Map(landed)).toEqual(expected)
    expect(report.query.rows).toHaveLength(8)
    expect(report.status).toBe(0)
    const files = readdirSync(join(data, 's3/tailrace-local-mainbucket/landing'), { recursive: true, encoding: 'utf8' })
    const objects = files.filter(file => file.endsWith('.parquet'))
    expect(objects.map(file => `landing/${file}`).sort()).toEqual([...report.deliveries.keys].sort())
    expect(readdirSync(join(data, 's3/tailrace-local-rawbucket/quarantine/compression'))).toHaveLength(1)
    expect(readdirSync(temporary).filter(name => name.startsWith('tailrace-'))).toEqual([])
  })

  it('goes on with what an earlier start has left, in lines that fit a terminal', { timeout }, async () => {
    const { status, stdout, stderr } = await start('--once').ended
    expect(stderr).toBe('')
    expect(status).toBe(0)
    const landed = stdout.slice(stdout.indexOf('Landed:'), stdout.indexOf('SQL'))
    expect(landed).toMatch(new RegExp(`^Landed: ${sampleRows} rows in ${samples.length} Parquet objects, `))
    const account = landed
      .trim()
      .split('\n')
      .slice(-4)
      .map(line => line.trim())
    expect(account).toEqual([
      '0  new rows',
      `${sampleRows + firstRows}  rows that had landed before: a delivery that comes again is stored once`,
      '1  control message: acknowledged, not stored',
      '1  quarantined in the raw bucket (compression)',
    ])
    expect(stdout).toMatch(/\n {2}log_group +format +events +errors +latest\n/)
    for (const line of stdout.split('\n').filter(text => !text.includes(scratch))) expect(line.length).toBeLessThan(100)
    expect(stdout).not.toContain('\x1b')
  })

  it('sends files of the user, the same lines once', { timeout }, async () => {
    await writeFile(join(scratch, 'app.log'), '2026-01-15T12:00:00Z ERROR one\n  at a\n2026-01-15T12:00:01Z INFO two\n')
    const first = await reportOf('--reset', '--logs', 'app.log', 'missing.log', '--group', '/my/app')
    expect(first.status).toBe(1)
    expect(first.problems).toEqual([`${join(scratch, 'missing.log')}: there is no such file`])
    expect(first.landed).toEqual([
      { format: 'text', logGroup: '/my/app', objects: 1, rows: 2, bytes: expect.any(Number) },
    ])
    const shown = (report: Report) => report.query.rows.map(([format, level, events]) => [format, level, events])
    expect(shown(first)).toEqual([
      ['text', 'ERROR', '1'],
      ['text', 'INFO', '1'],
    ])
    await appendFile(join(scratch, 'app.log'), '2026-01-15T12:00:02Z INFO three\n')
    const grown = await reportOf('--logs', 'app.log', '--group', '/my/app')
    expect(grown).toMatchObject({ status: 0, deliveries: { events: 3, duplicates: 0 }, rows: 3 })
    expect(shown(grown)).toEqual([
      ['text', 'INFO', '2'],
      ['text', 'ERROR', '1'],
    ])
    expect(readdirSync(join(data, 's3/tailrace-local-rawbucket'))).toEqual([])
  })
})

describe('npm start', () => {
  it('keeps running until Ctrl-C, with S3 and Lambda for other clients', { timeout }, async () => {
    const running = start('--logs', 'app.log')
    await running.saw('until Ctrl-C.')
    const url = /Running on (\S+) until/.exec(running.output.stdout)?.[1] ?? ''
    const config = {
      endpoint: url,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    }
    const s3 = new S3Client({ ...config, forcePathStyle: true })
    const { Contents } = await s3.send(
      new ListObjectsV2Command({ Bucket: 'tailrace-local-mainbucket', Prefix: 'landing/' }),
    )
    expect(Contents).toHaveLength(3)
    const lambda = new LambdaClient(config)
    const { Payload } = await lambda.send(
      new InvokeCommand({
        FunctionName: 'tailrace-local-ingest',
        Payload: Buffer.from(JSON.stringify(lambdaEvent(controlMessage))),
      }),
    )
    expect(JSON.parse(Payload!.transformToString())).toMatchObject({ controlMessages: 1, events: 0 })
    running.child.kill('SIGINT')
    const { status, stdout, stderr } = await running.ended
    expect(stdout.trim().split('\n').at(-1)).toBe(
      `Stopped after 1 delivery, 3 new rows. The data stays in ${data}; npm start goes on with it.`,
    )
    expect([status, stderr]).toEqual([0, ''])
    expect(readdirSync(temporary).filter(name => name.startsWith('tailrace-'))).toEqual([])
    s3.destroy()
    lambda.destroy()
  })

  it('says what to do when its port is taken, and touches nothing', { timeout }, async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await new Promise(resolve => other.once('listening', resolve))
    const { port } = other.address() as { port: number }
    const { status, stderr } = await start('--once', '--reset', '--port', String(port)).ended
    other.close()
    expect(status).toBe(1)
    expect(stderr.trim()).toBe(
      `Port ${port} on 127.0.0.1 is in use by another program, perhaps another \`npm start\`. Stop it, or choose another port with --port ${port + 1}; --port 0 takes any free one.`,
    )
    expect(await readFile(join(data, '.tailrace-data'), 'utf8')).toContain('npm start')
    expect(readdirSync(join(data, 's3/tailrace-local-mainbucket/landing'))).not.toEqual([])
  })

  it('shows its options for one that it does not have', async () => {
    const { status, stdout, stderr } = await runStart(['--onec']).ended
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(/^Unknown option '--onec'\n\nUsage: npm start -- /)
  })
})
