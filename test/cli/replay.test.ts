import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { replayCommand } from '../../cli/commands/replay.js'
import { recordImport } from '../../shared/jobs/imported.js'
import { diskStore } from '../../shared/store/disk.js'
import { events, lambdaEvent, payload } from '../helpers/payload.js'
import { runCommand } from './run-command.js'

vi.mock('../../cli/open-engine.js', () => ({ openEngine: () => Promise.reject(new Error('no engine for this CPU')) }))

const functionArn = 'arn:aws:lambda:us-east-1:123456789012:function:tailrace-dev-ingest'

describe('tailrace replay', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tailrace-replay-'))
    await writeFile(join(folder, 'pipeline.yml'), 'version: 1\n')
    for (const name of ['lake', 'raw']) await mkdir(join(folder, name))
  })
  afterEach(() => rm(folder, { recursive: true }))

  it('says what was replayed when no engine can be opened for what was imported', async () => {
    await recordImport(diskStore(join(folder, 'lake')), { account: '123456789012', logGroup: '/ecs/imported' }, null)
    const raw = diskStore(join(folder, 'raw'))
    for (const logGroup of ['/ecs/imported', '/ecs/orders']) {
      const requestPayload = lambdaEvent(payload(events(['one', 'two']), { logGroup }))
      const body = Buffer.from(JSON.stringify({ requestContext: { functionArn }, requestPayload }))
      await raw.put(`aws/lambda/async/tailrace-dev-ingest${logGroup}`, body)
    }
    const places = ['--lake', join(folder, 'lake'), '--raw', join(folder, 'raw')]
    const settings = ['--pipeline', join(folder, 'pipeline.yml'), '--region', 'us-east-1', '--stack', 'tailrace-dev']
    const { code, out, err } = await runCommand(replayCommand, [...places, ...settings, '--apply', '--json'])
    expect(err).toBe('')
    expect(JSON.parse(out)).toMatchObject({ found: 2, replayed: 1, failed: 1, events: 2 })
    expect(JSON.parse(out).problem).toContain('no engine for this CPU')
    expect(code).toBe(1)
  })
})
