/** Commands as processes of their own that get a SIGKILL at a request; the same command again finishes what was begun. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { build } from 'esbuild'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Endpoint, startEndpoint } from '../../local/endpoint.js'
import { type Buckets, memoryBuckets } from '../../local/services/s3/buckets.js'
import { s3Service } from '../../local/services/s3/s3-service.js'
import { localSecret } from '../../local/signature.js'
import type { KeepingStore } from '../../shared/store/keeping-store.js'
import { type Account, orders, startAccount } from '../helpers/account/account.js'
import { unavailable } from '../helpers/logs-server/api-error.js'

const root = resolve(import.meta.dirname, '../..')
/** Beside the installed packages and below the project, as the command that users run. */
const command = join(root, 'dist', `tailrace-killed-${process.pid}.js`)

let folder: string
let account: Account
let endpoint: Endpoint
let main: KeepingStore
let running: ChildProcess | undefined
/** Told of each object that is put, before and after it is there; `true` kills the command. */
let killsAt: ((moment: 'before' | 'after', key: string) => boolean) | undefined

beforeAll(async () => {
  const options = { bundle: true, platform: 'node', format: 'esm', target: 'node20', packages: 'external' } as const
  await build({ ...options, absWorkingDir: root, entryPoints: ['cli/bin.ts'], outfile: command })
})
afterAll(() => rm(command))

beforeEach(async () => {
  const buckets = memoryBuckets(() => new Date())
  for (const name of ['main', 'raw']) await buckets.create(name)
  main = (await buckets.open('main'))!
  const service = s3Service({ buckets: watched(buckets), region: 'us-east-1', onError: () => undefined })
  endpoint = await startEndpoint({ port: 0, services: [service] })
  account = await startAccount({ bucket: 'main', store: main, stack: 'tailrace-dev', taskMs: 10 })
  folder = await mkdtemp(join(tmpdir(), 'tailrace-killed-'))
  await writeFile(
    join(folder, 'pipeline.yml'),
    `version: 1
subscriptions: { groups: [{ match: "/ecs/service-*" }, { match: "/ecs/shared" }] }
exports: [{ name: history, groups: ${orders}, import: true }]
`,
  )
})
afterEach(async () => {
  killsAt = undefined
  await account.close()
  await endpoint.close()
  await rm(folder, { recursive: true })
})

function watched(buckets: Buckets): Buckets {
  const dead = () => new Promise<never>(() => undefined)
  return {
    ...buckets,
    async open(name) {
      const store = await buckets.open(name)
      if (store === undefined || name !== 'main') return store
      return {
        ...store,
        async put(key, ...rest) {
          if (killsAt?.('before', key) === true) return kill() ?? dead()
          const done = await store.put(key, ...rest)
          if (killsAt?.('after', key) === true) return kill() ?? dead()
          return done
        },
      }
    },
  }
}

function kill(): undefined {
  killsAt = undefined
  account.server.before = undefined
  account.server.loseAnswer = undefined
  running?.kill('SIGKILL')
}

/** @returns the exit status, or the signal that ended it */
async function run(...args: readonly string[]): Promise<{ readonly ended: number | string; readonly out: string }> {
  const pipeline = args[0] === 'query' ? [] : ['--pipeline', join(folder, 'pipeline.yml')]
  running = spawn(process.execPath, [command, ...args, '--lake', 's3://main', ...pipeline], {
    env: {
      ...process.env,
      AWS_ENDPOINT_URL_S3: endpoint.url,
      AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: account.server.url,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: localSecret,
      AWS_REGION: 'us-east-1',
      XDG_CACHE_HOME: join(folder, 'cache'),
      NODE_NO_WARNINGS: '1',
    },
  })
  let out = ''
  for (const stream of [running.stdout!, running.stderr!]) stream.on('data', text => (out += text))
  const [code, signal] = await once(running, 'close')
  return { ended: signal ?? code, out }
}

/** What a killed command has leased is free when its time is over. */
async function endLease(job: string): Promise<void> {
  await main.put(`state/${job}.lease.json`, Buffer.from(JSON.stringify({ holder: 'killed', until: 0 })))
}

describe('a killed command', () => {
  it('leaves subscriptions that the next ones finish, with no gap forgotten and nothing foreign touched', async () => {
    const subscribe = ['subscribe', '--apply', '--rate', '1000']
    const killedAt = async (operation: string, count: number, moment: 'before' | 'after') => {
      let calls = 0
      const isWanted = (name: string) => name === operation && ++calls === count
      const refuse = (name: string) => {
        if (!isWanted(name)) return undefined
        kill()
        return unavailable()
      }
      if (moment === 'before') account.server.before = refuse
      else account.server.loseAnswer = name => refuse(name) !== undefined
      expect((await run(...subscribe)).ended).toBe('SIGKILL')
    }
    await killedAt('DescribeSubscriptionFilters', 30, 'before')
    await killedAt('PutSubscriptionFilter', 1, 'before')
    expect((await run(...subscribe)).out).toMatch(
      /^tailrace: subscribe: another run \(cli-\S+\) holds the lease until /,
    )
    await endLease('subscribe')
    await killedAt('PutSubscriptionFilter', 40, 'after')
    await endLease('subscribe')
    expect((await run(...subscribe)).ended).toBe(0)
    expect((await run('subscribe', '--rate', '1000')).out).toMatch(
      /^200 log groups: 0 steps to do, 61 are as they should be\n/,
    )
    const filters = [...account.server.world.groups.values()].flatMap(group => [...group.filters.keys()])
    const ours = filters.filter(filter => filter === 'tailrace-tailrace-dev')
    expect([ours.length, filters.length - ours.length]).toEqual([61, 7])
    const noted = new Set<string>()
    for await (const { key } of main.list('state/backfill/')) {
      const { notes } = JSON.parse(Buffer.from((await main.get(key)).body).toString())
      for (const { logGroup, from } of notes) if (from === account.began) noted.add(logGroup)
    }
    expect(noted.size).toBe(61)
  })

  it('leaves an export and an import that the next ones finish, each event once', async () => {
    const logs = ['export', 'logs', '--apply', '--raw', 's3://raw']
    const killedRun = async () => {
      expect((await run(...logs)).ended).toBe('SIGKILL')
      await endLease('export')
    }
    // The task is there, and its answer was never read.
    account.server.loseAnswer = name => name === 'CreateExportTask' && kill() === undefined
    await killedRun()
    // The task has completed, and where the queue stands is not written.
    let saves = 0
    killsAt = (moment, key) => moment === 'before' && key === 'state/exports/queue.json' && ++saves === 2
    await killedRun()
    // The rows have landed, and how far the import has come is not written.
    killsAt = (moment, key) => moment === 'after' && key.startsWith('landing/')
    await killedRun()
    const { ended, out } = await run(...logs)
    expect([ended, out]).toEqual([0, expect.stringContaining('2 tasks imported: ')])
    expect(account.tasks.tasks.map(({ status }) => status)).toEqual(['COMPLETED', 'COMPLETED'])
    const counted =
      'stats count(*) as events, count_distinct(concat(@timestamp, @message)) as texts by @logStream | sort @logStream'
    const { out: answer } = await run('query', counted, '--csv', '--since', '5d')
    expect(answer).toBe('@logStream,events,texts\r\nweb/app/0,40,40\r\nweb/app/1,40,40\r\n')
  })
})
