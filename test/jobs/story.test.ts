/**
 * What somebody meets who has an account of 200 log groups and a stack: each command in turn as it is typed, against S3
 * and CloudWatch Logs over HTTP, and what it says.
 */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { exportCommand } from '../../cli/commands/export.js'
import { importCommand } from '../../cli/commands/import.js'
import { queryCommand } from '../../cli/commands/query.js'
import { replayCommand } from '../../cli/commands/replay.js'
import { retainCommand } from '../../cli/commands/retain.js'
import { subscribeCommand } from '../../cli/commands/subscribe.js'
import { type Endpoint, startEndpoint } from '../../local/endpoint.js'
import { failureKey, failureRecord } from '../../local/lambda/failure-record.js'
import { memoryBuckets } from '../../local/services/s3/buckets.js'
import { s3Service } from '../../local/services/s3/s3-service.js'
import { localSecret } from '../../local/signature.js'
import { quarantine } from '../../shared/pipeline/quarantine.js'
import type { ObjectStore } from '../../shared/store/object-store.js'
import { runCommand } from '../cli/run-command.js'
import { ingestDefinition } from '../faults/built-function.js'
import { type Account, day, orders, startAccount } from '../helpers/account/account.js'
import { events, lambdaEvent, payload } from '../helpers/payload.js'

const pipeline = `version: 1
subscriptions:
  groups:
    - match: ["/ecs/*", "/aws/lambda/shop-*"]
      exclude: "/aws/lambda/shop-00*"
logGroupRetention:
  rules:
    - match: "/aws/lambda/shop-*"
      days: 30
      discard: true
    - match: ["/ecs/*", "/aws/rds/*"]
      days: 30
exports:
  - name: history
    groups: ${orders}
    import: true
`
const stack = 'tailrace-test'
const buckets = memoryBuckets(() => new Date())
let endpoint: Endpoint
let account: Account
let folder: string
let places: readonly string[]

async function bucket(name: string): Promise<ObjectStore> {
  await buckets.create(name)
  return (await buckets.open(name))!
}

beforeAll(async () => {
  const service = s3Service({ buckets, region: 'us-east-1', onError: () => undefined })
  endpoint = await startEndpoint({ port: 0, services: [service] })
  account = await startAccount({ bucket: 'main', store: await bucket('main'), stack, taskMs: 50 })
  folder = await mkdtemp(join(tmpdir(), 'tailrace-story-'))
  await writeFile(join(folder, 'pipeline.yml'), pipeline)
  await putFailed(await bucket('raw'))
  vi.stubEnv('AWS_ENDPOINT_URL_S3', endpoint.url)
  vi.stubEnv('AWS_ENDPOINT_URL_CLOUDWATCH_LOGS', account.server.url)
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', localSecret)
  vi.stubEnv('AWS_REGION', 'us-east-1')
  places = ['--lake', 's3://main', '--pipeline', join(folder, 'pipeline.yml'), '--stack', stack]
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await account.close()
  await endpoint.close()
  await rm(folder, { recursive: true })
})

/** Three deliveries of ingest that failed to the end, and a record that is no gzip. */
async function putFailed(raw: ObjectStore): Promise<void> {
  const definition = ingestDefinition({ main: 'main', raw: 'raw' }, {})
  for (let at = 0; at < 3; at++) {
    const batch = payload(events([`failed ${at}`], Date.now() - 3_600_000 + at))
    const event = Buffer.from(JSON.stringify(lambdaEvent(batch)))
    const failed = {
      requestId: 'r',
      payload: event,
      condition: 'RetriesExhausted',
      attempts: 3,
      last: undefined,
    } as const
    const key = failureKey(definition.name, new Date(), String(at))
    await raw.put(key, Buffer.from(failureRecord(definition, failed, new Date())))
  }
  const body = Buffer.from('no gzip').toString('base64')
  const item = { reason: 'compression', detail: 'gzip: no header', source: 'lambda', encoding: 'base64', body } as const
  await quarantine(raw, item, { attemptId: 'a', sleep: async () => undefined })
}

/** Without pauses for CloudWatch's quotas, which a stub has not. */
const rate = ['--rate', '1000']
const subscribe = (...args: string[]) => runCommand(subscribeCommand, [...places, ...rate, ...args])
const retain = (...args: string[]) => runCommand(retainCommand, [...places, ...rate, ...args])
const logs = (...args: string[]) => runCommand(exportCommand, ['logs', ...places, ...args])
const raw = ['--raw', 's3://raw']
const query = async (text: string) =>
  (await runCommand(queryCommand, [text, '--lake', 's3://main', '--since', '5d', '--csv'])).out

describe('an account of 200 log groups', () => {
  it('is subscribed: the plan says what and why, applying does it, and then there is nothing to do', async () => {
    const file = join(folder, 'plan.json')
    const plan = await subscribe('--save', file)
    expect(plan.out).toMatch(/^200 log groups: 167 steps to do\n/)
    expect(plan.out).toContain(
      'deliver all events to function:tailrace-test-ingest\n    because a rule selects it (164 groups)\n',
    )
    expect(plan.out).toContain(
      'Left alone, own-group: a function of this stack writes to it: its events would feed back (8 groups)\n',
    )
    expect(plan.out).toContain(
      'Left alone, log-class: groups of the class INFREQUENT_ACCESS take no subscription filters (1 group)\n',
    )
    const apply = `tailrace subscribe --lake s3://main --pipeline ${join(folder, 'pipeline.yml')} --stack ${stack} --apply --plan ${file}`
    expect(plan.out).toMatch(new RegExp(`\nNothing was changed. To do it: ${apply}\n$`))
    expect([plan.code, account.server.count('PutSubscriptionFilter')]).toEqual([0, 0])

    const applied = await subscribe('--apply', '--plan', file)
    expect(applied.out).toMatch(/^164 steps done\nFailed\n/)
    expect(applied.out).toContain(
      "  put-subscription-filter /ecs/crowded-000: its 2 places are taken by to-siem, to-splunk: none of them is Tailrace's to remove\n",
    )
    expect(applied.out).toMatch(
      /What came before is noted below state\/backfill\/; an export with import: true brings it in/,
    )
    expect(applied.code).toBe(1)

    const again = await subscribe()
    expect(again.out).toMatch(/^200 log groups: 0 steps to do, 164 are as they should be\n/)
    expect(again.out).toContain(
      "Needs attention: its 2 places are taken by to-siem, to-splunk: none of them is Tailrace's to remove (3 groups)\n",
    )
    expect(again.out).toMatch(/\nThere is nothing to do\.\n$/)
    expect(JSON.parse((await subscribe('--json')).out)).toMatchObject({ targets: 200, steps: [] })
    const filters = [...account.server.world.groups.values()].flatMap(({ filters }) => [...filters.keys()])
    expect(filters.filter(name => name === 'tailrace-tailrace-test')).toHaveLength(164)
    expect(filters.filter(name => name.startsWith('to-'))).toHaveLength(7)
  })

  it('has its history exported and landed, before retention lets it go', async () => {
    const plan = await logs()
    expect(plan.out).toMatch(
      /^export +log group +from +tasks +stored\nhistory +\/ecs\/orders +\S+Z +2 +3\.0 GB\n2 tasks due for 1 of 1 group\n/,
    )
    expect(plan.out).toContain(
      'below exports/logs/ of the main bucket; what history exports is landed in the lake then.\n',
    )
    expect(plan.out).toMatch(
      /Nothing was changed\. To do it: tailrace export logs --apply --lake s3:\/\/main .*--stack tailrace-test\n$/,
    )
    expect(account.tasks.tasks).toEqual([])

    const applied = await logs('--apply', ...raw)
    expect(applied.out).toBe(
      '2 export tasks completed: s3://main/exports/logs/\n2 tasks imported: 80 rows landed, 0 events had been there\n',
    )
    expect(applied.code).toBe(0)
    expect((await logs('--status')).out).toBe(
      'No export task is under way.\n1 log group exported so far; 0 finished exports to import\n',
    )
    expect((await logs('--cancel')).out).toBe('No export task of this stack is under way.\n')
    expect(await query('stats count(*) as events by @log, @logStream | sort @logStream')).toBe(
      `@log,@logStream,events\r\n123456789012:${orders},web/app/0,40\r\n123456789012:${orders},web/app/1,40\r\n`,
    )
  })

  it('has files imported that are there already, and nothing of them twice', async () => {
    const [task] = account.tasks.tasks
    const place = `s3://main/${task!.destinationPrefix}/${task!.taskId}`
    const args = [place, '--group', orders, ...places, ...raw]
    expect((await runCommand(importCommand, args)).out).toBe('2 files of 2 streams; --apply lands them\n')
    const above = await runCommand(importCommand, [place.replace(/\/[^/]*$/, ''), ...args.slice(1), '--apply'])
    expect(above.err).toMatch(/import: \S+ is deeper than the files of a task: name the folder of one task/)
    const nowhere = await runCommand(importCommand, ['s3://main/nowhere', ...args.slice(1), '--apply'])
    expect(nowhere.err).toContain('import: there are no exported files below s3://main/nowhere: name the folder')
    expect((await runCommand(importCommand, [...args, '--apply'])).out).toBe(
      '40 events in 2 files of 2 streams\n40 events were in the lake, 0 rows landed in 0 objects\n',
    )
    expect(JSON.parse((await runCommand(importCommand, [...args, '--apply', '--json'])).out)).toMatchObject({
      known: 40,
    })
  })

  it('keeps its log groups for less time, but nothing goes that the lake does not hold', async () => {
    const plan = await retain()
    expect(plan.out).toMatch(
      /^200 log groups: 110 settings to change\n\nlog group +kept +stored +\$ a month +saves +because\n/,
    )
    expect(plan.out).toContain('for ever → 30 days')
    expect(plan.out).toMatch(/\n6\.0 TB stored at \$26\.98–179\.85 a month, of which \$\S+ go away\n/)
    expect(plan.out).toMatch(
      /Needs attention: events since \S+ would be deleted, and the lake is not known to hold them: subscribe the group and bring its history in \(an export with import: true\), or say discard: true \(65 groups\)/,
    )
    expect(plan.out).toContain(
      'Left alone, has-setting: it is set to 400 days, and the rule has no enforce: true (9 groups)\n',
    )
    expect(plan.out).toContain('Left alone, deletion-protected: ')
    expect(plan.out).toContain('Left alone, opted-out: it has the tag tailrace:keep-retention (1 group)\n')
    expect((await retain('--apply')).out).toMatch(/^110 steps done\n/)
    expect((await retain()).out).toMatch(/^200 log groups: 0 settings to change\n/)
    expect(account.server.world.group('/ecs/service-000').retentionInDays).toBeUndefined()
  })

  it('has deliveries that failed landed after all, and keeps what cannot be read', async () => {
    const args = ['--lake', 's3://main', ...raw, '--stack', stack]
    const plan = await runCommand(replayCommand, args)
    expect(plan.out).toMatch(/\nfailed-async: invocations of ingest that failed to the end; a replay lands them\n/)
    expect(plan.out).toMatch(/\n {2}quarantine\/compression\/[0-9a-f]{24}: gzip: no header\n/)
    expect(plan.out).toMatch(
      /\nTo land what can be read today: tailrace replay --apply --lake s3:\/\/main --raw s3:\/\/raw --stack tailrace-test, with --reason failed-async or --reason compression for some\n$/,
    )
    const pipelineFile = ['--pipeline', join(folder, 'pipeline.yml')]
    const applied = await runCommand(replayCommand, [...args, ...pipelineFile, '--apply'])
    expect(applied.out).toBe(
      '3 of 4 objects replayed and deleted\n3 events landed, 0 had been there\n1 object left: cannot be decoded today either\n' +
        'What is left stays in the raw bucket until it expires there; without --apply its reasons are shown.\n',
    )
    expect(applied.code).toBe(1)
    const again = await runCommand(replayCommand, [...args, ...pipelineFile, '--apply', '--reason', 'failed-async'])
    expect([again.out, again.code]).toEqual(['Nothing waits: no failed delivery, nothing in quarantine.\n', 0])
    expect(await query('filter @message like /^failed/ | stats count(*) as landed')).toBe('landed\r\n3\r\n')
  })

  it('goes to files: events and queries, on the disk and in a bucket, and no further than once', async () => {
    const range = [
      '--since',
      new Date(account.began + 88 * day).toISOString(),
      '--until',
      new Date(account.began + 90 * day).toISOString(),
    ]
    const lake = (place: string, ...args: string[]) =>
      runCommand(exportCommand, ['lake', place, '--lake', 's3://main', '--group', '/ecs/*', ...range, ...args])
    const out = join(folder, 'out')
    const written = await lake(out)
    expect(written.out).toMatch(new RegExp(`^80 rows in 2 files, \\S+ KB: ${out}\n$`))
    const names = (await readdir(out)).sort()
    expect(names).toHaveLength(3)
    const lines = (await readFile(join(out, names[0]!), 'utf8')).trim().split('\n')
    const times = lines.map(line => JSON.parse(line).timestamp)
    expect(times).toEqual(times.toSorted())
    const { message } = JSON.parse(lines.find(line => line.includes('ERROR order 9'))!)
    expect(message).toBe('ERROR order 9 failed\n  at pay (/app/pay.js:10:3)\n  at post (/app/order.js:7:1)')
    expect((await lake(out)).out).toBe(written.out)
    expect((await lake(out, '--format', 'csv')).err).toMatch(
      /manifest\.json is that of another export \(ndjson, from \S+Z to \S+Z\): name another folder, or these times/,
    )
    expect((await lake(out, '--until', '9d')).err).toContain('--until 9d is not after --since')
    expect((await lake(out, '--every', '0d')).err).toContain('--every: expected a minute or more, as in 6h, found 0d')
    for (const format of ['csv', 'parquet']) {
      const { parts, isComplete } = JSON.parse(
        (await lake(`s3://main/reports/${format}`, '--format', format, '--json')).out,
      )
      expect([parts.length, parts[0].rows + parts[1].rows, isComplete]).toEqual([2, 80, true])
    }
    const asked = ['--format', 'csv', '--query', 'stats count(*) as events by @logStream | sort @logStream']
    await lake('s3://main/reports/query', ...asked)
    const { body } = await (await bucket('main')).get('reports/query/result.csv')
    expect(Buffer.from(body).toString()).toBe('@logStream,events\r\nweb/app/0,40\r\nweb/app/1,40\r\n')
  })

  it('is left as it was, when the stack goes', async () => {
    const plan = await subscribe('--remove')
    expect(plan.out).toMatch(
      /take away the filter tailrace-tailrace-test\n {4}because Tailrace is being removed \(164 groups\)/,
    )
    expect((await subscribe('--remove', '--apply')).out).toMatch(/^164 steps done\n/)
    const filters = [...account.server.world.groups.values()].flatMap(({ filters }) => [...filters.keys()])
    expect([...new Set(filters)].sort()).toEqual(['to-siem', 'to-splunk'])
  })
})
