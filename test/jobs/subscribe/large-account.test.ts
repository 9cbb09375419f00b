import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const tsx = join(import.meta.dirname, '../../../node_modules/tsx/dist/cli.mjs')
const script = (name: string) => join(import.meta.dirname, name)

let account: ChildProcess
let url: string
beforeAll(async () => {
  account = spawn(process.execPath, [tsx, script('large-account.ts'), '65000'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = await once(account.stdout!, 'data')
  url = String(line).trim()
})
afterAll(() => account.kill())

describe('an account of 65,000 groups', () => {
  it('is planned in less than 60 s of own time and 300 MB, and costs no call a group once it is known', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'tailrace-large-'))
    const plan = async () => {
      const { stdout } = await promisify(execFile)(process.execPath, [tsx, script('large-run.ts'), url, directory])
      console.log(stdout.trim())
      return JSON.parse(stdout)
    }
    const first = await plan()
    const second = await plan()
    await rm(directory, { recursive: true })
    // 1,300 pages and the throttled ones of them; 3,000 groups are looked at, the others' filters are put without a look.
    expect(first).toMatchObject({ groups: 65_000, steps: 65_000 })
    expect(first.DescribeLogGroups).toBeLessThan(1_350)
    expect(first.others).toBeLessThan(3_800)
    expect(second).toMatchObject({ groups: 65_000, kept: 65_000, steps: 0 })
    expect(second.others).toBeLessThanOrEqual(2)
    for (const run of [first, second]) {
      expect(run.ownSeconds).toBeLessThan(60)
      expect(run.rssMb).toBeLessThan(300)
    }
  }, 300_000)
})
