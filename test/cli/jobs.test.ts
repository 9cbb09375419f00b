import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { retainCommand } from '../../cli/commands/retain.js'
import { subscribeCommand } from '../../cli/commands/subscribe.js'
import { loadPipeline } from '../../shared/config/load.js'
import { subscribeOperations } from '../../shared/jobs/subscribe/logs-operations.js'
import { runSubscribe } from '../../shared/jobs/subscribe/run-subscribe.js'
import { diskStore } from '../../shared/store/disk.js'
import { clientOn, impatientCaller } from '../helpers/logs-server/client.js'
import { type LogsServer, startLogsServer } from '../helpers/logs-server/server.js'

const pipeline = `version: 1
subscriptions:
  groups:
    - match: "/ecs/*"
logGroupRetention:
  rules:
    - match: "/ecs/*"
      days: 30
      discard: true
`

let server: LogsServer
let folder: string
const environment = { ...process.env }
beforeEach(async () => {
  server = await startLogsServer({ now: () => Date.now() - 90 * 24 * 3_600_000 })
  folder = await mkdtemp(join(tmpdir(), 'tailrace-jobs-'))
  await writeFile(join(folder, 'pipeline.yml'), pipeline)
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: server.url,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  })
  server.world.addGroup('/ecs/shop', { storedBytes: 100e9 })
  server.world.addGroup('/ecs/full', { filters: [{ filterName: 'a' }, { filterName: 'b' }], retentionInDays: 7 })
  server.world.addGroup('/aws/lambda/tailrace-dev-ingest')
})
afterEach(async () => {
  process.env = { ...environment }
  await server.close()
  await rm(folder, { recursive: true, force: true })
})

/** The options that every command is given, as it repeats them. */
const places = () => ` --lake ${folder} --pipeline ${join(folder, 'pipeline.yml')} --region us-east-1`

/** What a command prints, and its exit status. */
async function run(
  create: typeof subscribeCommand,
  ...args: readonly string[]
): Promise<{ out: string; code: number }> {
  let code = -1
  let out = ''
  const { write } = process.stdout
  process.stdout.write = ((text: string) => {
    out += text
    return true
  }) as typeof write
  try {
    const command = create({
      setExitCode: value => {
        code = value
      },
    })
    const fixed = ['--lake', folder, '--pipeline', join(folder, 'pipeline.yml'), '--region', 'us-east-1']
    await command.parseAsync([...args, ...fixed], { from: 'user' })
  } finally {
    process.stdout.write = write
  }
  return { out, code }
}

describe('tailrace subscribe', () => {
  it('shows the plan and changes nothing', async () => {
    const { out, code } = await run(subscribeCommand)
    expect(out).toBe(`3 log groups: 2 steps to do

put-subscription-filter: deliver all events to function:tailrace-dev-ingest
    because a rule selects it; 2 filters of others are there, and CloudWatch may take no more (1 group)
  /ecs/full

put-subscription-filter: deliver all events to function:tailrace-dev-ingest
    because a rule selects it (1 group)
  /ecs/shop

Left alone, own-group: a function of this stack writes to it: its events would feed back (1 group)
  /aws/lambda/tailrace-dev-ingest

Nothing was changed. To do it: tailrace subscribe${places()} --apply
`)
    expect(code).toBe(0)
    expect(server.count('PutSubscriptionFilter')).toBe(0)
  })

  it('does what a saved plan says where it still holds, and reports the rest', async () => {
    const file = join(folder, 'plan.json')
    await run(subscribeCommand, '--save', file)
    expect(JSON.parse(await readFile(file, 'utf8')).steps).toHaveLength(2)
    server.world.addGroup('/ecs/later')
    server.world.groups.delete('/ecs/full')
    const { out, code } = await run(subscribeCommand, '--apply', '--plan', file)
    expect(out).toContain('1 step done\nLeft out, since things have changed\n')
    expect(out).toContain('  put-subscription-filter /ecs/full: a plan made now does not hold this step\n')
    expect(code).toBe(0)
    expect(server.world.group('/ecs/later').filters.size).toBe(0)
  })

  it('delivers where the function of the stack does, also to a stream that nobody named', async () => {
    const destination = {
      arn: 'arn:aws:kinesis:us-east-1:123456789012:stream/logs',
      roleArn: 'arn:aws:iam::123456789012:role/r',
    }
    const { subscriptions } = loadPipeline(pipeline).config!
    const logs = subscribeOperations(impatientCaller(clientOn(server.url)).call)
    const deps = { logs, store: diskStore(folder), stack: 'tailrace-dev', settings: subscriptions!, destination }
    await runSubscribe({ ...deps, isSampled: () => false, now: Date.now }, { runId: 'scheduled' })
    expect((await run(subscribeCommand)).out).toContain('3 log groups: 0 steps to do, 1 is as it should be\n')
    server.world.addGroup('/ecs/new')
    await run(subscribeCommand, '--apply')
    expect([...server.world.group('/ecs/new').filters.values()]).toMatchObject([{ destinationArn: destination.arn }])
    expect(
      (await run(subscribeCommand, '--destination', 'arn:aws:lambda:us-east-1:123456789012:function:f')).out,
    ).toContain('deliver all events to function:f')
  })

  it('reports a full quota with the filters that fill it, and takes back what it made', async () => {
    const applied = await run(subscribeCommand, '--apply')
    expect(applied.out).toContain('1 step done\nFailed\n')
    expect(applied.out).toContain("/ecs/full: its 2 places are taken by a, b: none of them is Tailrace's to remove")
    expect(applied.code).toBe(1)
    const removed = await run(subscribeCommand, '--remove', '--apply')
    expect(removed.out).toContain('1 step done')
    expect([...server.world.group('/ecs/full').filters.keys()]).toEqual(['a', 'b'])
    expect(server.world.group('/ecs/shop').filters.size).toBe(0)
  })
})

describe('tailrace retain', () => {
  it('shows what would be set and what it saves, then sets it', async () => {
    const { out, code } = await run(retainCommand)
    expect(out).toBe(
      `3 log groups: 1 setting to change

log group  kept                  stored  $ a month      saves  because
/ecs/shop  for ever → 30 days  100.0 GB  0.45–3.00  0.30–2.00  it has no setting

100.0 GB stored at $0.45–3.00 a month, of which $0.30–2.00 go away

Left alone, has-setting: it is set to 7 days, and the rule has no enforce: true (1 group)
  /ecs/full

Nothing was changed. To do it: tailrace retain${places()} --apply
`,
    )
    expect(code).toBe(0)
    expect((await run(retainCommand, '--apply')).out).toContain('1 step done')
    expect(server.world.group('/ecs/shop').retentionInDays).toBe(30)
  })
})
