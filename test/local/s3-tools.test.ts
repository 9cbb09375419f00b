import { execFile, spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type LocalS3, startLocalS3 } from './local-s3.js'

const run = promisify(execFile)
const hasCli = spawnSync('sh', ['-c', 'command -v aws']).status === 0
const hasBoto = spawnSync('python3', ['-c', 'import boto3']).status === 0

let s3: LocalS3
let directory: string
beforeAll(async () => {
  s3 = await startLocalS3('disk')
  directory = await mkdtemp(join(tmpdir(), 'tailrace-tools-'))
})
afterAll(async () => {
  await s3.close()
  await rm(directory, { recursive: true })
})

const environment = {
  ...process.env,
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_DEFAULT_REGION: 'us-east-1',
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
}

async function aws(...args: readonly string[]): Promise<string> {
  const { stdout } = await run('aws', ['--endpoint-url', s3.url, ...args], { cwd: directory, env: environment })
  return stdout
}

describe('the local S3 and the AWS CLI', () => {
  if (!hasCli) {
    it('are not tested together where the CLI is not installed', () => {
      console.log('aws is not installed: the local S3 was not tested with the AWS CLI')
      expect(hasCli).toBe(false)
    })
    return
  }

  it('copy, list, synchronise, presign and remove', async () => {
    await aws('s3', 'mb', 's3://cli-bucket')
    await mkdir(join(directory, 'up/deep'), { recursive: true })
    await writeFile(join(directory, 'up/a b.txt'), 'hello')
    await writeFile(join(directory, 'up/deep/c+d.txt'), 'deep')
    await writeFile(join(directory, 'up/big.bin'), new Uint8Array(20 * 2 ** 20).fill(5))
    await aws('s3', 'sync', 'up', 's3://cli-bucket/up', '--only-show-errors')
    expect(await aws('s3', 'sync', 'up', 's3://cli-bucket/up')).toBe('')
    const listing = await aws('s3', 'ls', '--recursive', 's3://cli-bucket')
    const rows = listing
      .trim()
      .split('\n')
      .map(line => line.split(/\s+/).slice(2).join(' '))
    expect(rows).toEqual(['5 up/a b.txt', '20971520 up/big.bin', '4 up/deep/c+d.txt'])
    expect(await aws('s3', 'ls', 's3://cli-bucket/up/')).toMatch(
      /^ +PRE deep\/\n.* 5 a b\.txt\n.* 20971520 big\.bin\n$/,
    )
    await aws('s3', 'cp', 's3://cli-bucket/up/big.bin', 's3://cli-bucket/copy.bin', '--only-show-errors')
    await aws('s3', 'sync', 's3://cli-bucket/up', 'down', '--only-show-errors')
    expect(await readFile(join(directory, 'down/deep/c+d.txt'), 'utf8')).toBe('deep')
    expect(
      Buffer.compare(await readFile(join(directory, 'down/big.bin')), await readFile(join(directory, 'up/big.bin'))),
    ).toBe(0)
    expect(await aws('s3', 'cp', 's3://cli-bucket/up/a b.txt', '-')).toBe('hello')
    const link = (await aws('s3', 'presign', 's3://cli-bucket/up/a b.txt')).trim()
    expect(await (await fetch(link)).text()).toBe('hello')
    await aws('s3', 'rb', '--force', 's3://cli-bucket')
    expect(await aws('s3', 'ls')).not.toContain('cli-bucket')
  }, 120_000)
})

describe('the local S3 and boto3', () => {
  if (!hasBoto) {
    it('are not tested together where boto3 is not installed', () => {
      console.log('boto3 is not installed: the local S3 was not tested with it')
      expect(hasBoto).toBe(false)
    })
    return
  }

  it('write, read, list, upload in parts, presign and delete', async () => {
    const script = join(import.meta.dirname, 's3-tools.py')
    const { stdout } = await run('python3', [script, s3.url, 'boto-bucket'], { env: environment })
    expect(JSON.parse(stdout)).toEqual({
      etag: '"5d41402abc4b2a76b9719d911017c592"',
      body: 'hello',
      metadata: { one: '1' },
      again: [412, 'PreconditionFailed'],
      nowhere: [404, 'NoSuchKey'],
      head: [404, '404'],
      policy: [501, 'NotImplemented'],
      big: true,
      presigned: 'hello',
      keys: ['a b+c.txt', 'big', 'd/x y', 'd/é', 'd/日'],
      deleted: 2,
    })
  }, 120_000)
})
