import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { diskStore } from '../../shared/store/disk.js'
import { pathOfKey } from '../../shared/store/disk-path.js'
import type { ObjectStore } from '../../shared/store/object-store.js'
import { storeSuite } from './object-store-suite.js'

storeSuite('the disk store', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'tailrace-store-'))
  return { store: diskStore(directory), close: () => rm(directory, { recursive: true }) }
})

describe('the path of a key', () => {
  it('is the key itself where it is made of ordinary names', () => {
    for (const key of [
      'landing/2026-01-01/1-2-ab.parquet',
      'table/metadata/v12.metadata.json',
      'table/data/timestamp_day=2026-01-01/retention=30/a b+c.parquet',
      'version-hint.text',
      '日本/ログ.parquet',
    ]) {
      expect(pathOfKey(key)).toBe(key)
    }
  })

  it('encodes what a file system could not keep or keep apart', () => {
    const paths: Record<string, string> = {
      a: 'a%',
      'a/b': 'a/b%',
      'a.b/c.d': 'a.b%/c.d',
      'a/': 'a/%_%',
      'a//b.c': 'a/%_/b.c',
      '/a.b': '%_/a.b',
      '..': '%2E%2E%',
      '../a.b': '%2E%2E/a.b',
      './a.b': '%2E/a.b',
      '.meta/a.b': '%2Emeta/a.b',
      '100%.txt': '100%25.txt',
      'a\nb.\u007f\u0000': 'a%0Ab.%7F%00',
    }
    expect(Object.fromEntries(Object.keys(paths).map(key => [key, pathOfKey(key)]))).toEqual(paths)
  })

  it('cuts long names into directories, none of which is a relative one', () => {
    expect(pathOfKey(`${'a'.repeat(250)}.txt`)).toBe(`${'a'.repeat(200)}%+/${'a'.repeat(50)}.txt`)
    expect(pathOfKey(`${'.'.repeat(202)}`)).toBe(`${'.'.repeat(200)}%+/%2E%2E`)
    expect(pathOfKey('é'.repeat(101))).toBe(`${'é'.repeat(100)}%+/é%`)
    expect(pathOfKey('a'.repeat(200))).toBe(`${'a'.repeat(200)}%+/%`)
  })
})

describe('the disk store', () => {
  let directory: string
  let store: ObjectStore
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tailrace-store-'))
    store = diskStore(directory)
  })
  afterEach(() => rm(directory, { recursive: true }))

  it('keeps bodies as plain files that other programs find under the key', async () => {
    await store.put('landing/2026-01-01/1-2-ab.parquet', encode('PAR1'), { metadata: { attempt: 'x' } })
    expect(await readFile(join(directory, 'landing/2026-01-01/1-2-ab.parquet'), 'utf8')).toBe('PAR1')
    expect((await filesBelow(directory)).filter(path => !path.startsWith('.meta/'))).toEqual([
      'landing/2026-01-01/1-2-ab.parquet',
    ])
    expect((await filesBelow(join(directory, '.meta'))).every(path => path.endsWith('.json'))).toBe(true)
  })

  it('takes files of other programs for objects, with the MD5 as ETag', async () => {
    await mkdir(join(directory, 'exports'))
    await writeFile(join(directory, 'exports/a.gz'), 'hello')
    await writeFile(join(directory, 'no-extension'), 'is not the name of any key')
    await writeFile(join(directory, 'bad%2fescape.txt'), 'nor is this')
    await symlink('/etc', join(directory, 'link.d'))
    expect(await keysOf(store)).toEqual(['exports/a.gz'])
    expect(await store.get('exports/a.gz')).toMatchObject({
      etag: '"5d41402abc4b2a76b9719d911017c592"',
      metadata: {},
      size: 5,
    })
    await store.put('exports/a.gz', encode('replaced'), { ifMatch: '"5d41402abc4b2a76b9719d911017c592"' })
    expect((await store.get('exports/a.gz')).size).toBe(8)
  })

  it('does not give a file that another program has changed the ETag of the old one', async () => {
    const { etag } = await store.put('a.txt', encode('12345'), { metadata: { x: 'y' } })
    await writeFile(join(directory, 'a.txt'), '54321')
    expect(await store.head('a.txt')).toMatchObject({ size: 5, metadata: {} })
    expect((await store.head('a.txt')).etag).not.toBe(etag)
  })

  it('keeps what belongs to objects when the directory is copied', async () => {
    await store.put('a/b.txt', encode('12345'), { metadata: { x: 'y' }, contentType: 'text/plain' })
    const copy = `${directory}-copy`
    execFileSync('cp', ['-a', directory, copy])
    try {
      expect(await diskStore(copy).get('a/b.txt')).toEqual(await store.get('a/b.txt'))
    } finally {
      await rm(copy, { recursive: true })
    }
  })

  it('goes on with what an earlier store left in the directory', async () => {
    const { etag } = await store.put('a/b.txt', encode('12345'), { metadata: { x: 'y' }, contentType: 'text/plain' })
    expect(await diskStore(directory).head('a/b.txt')).toMatchObject({ etag, metadata: { x: 'y' } })
  })

  it('takes its times from the given clock', async () => {
    const time = new Date('2026-01-01T00:00:00.123Z')
    const timed = diskStore(directory, { now: () => time })
    await Promise.all(Array.from({ length: 8 }, (_, n) => timed.put('a', encode(String(n)))))
    expect((await timed.head('a')).lastModified).toEqual(time)
  })

  it('leaves nothing behind when all is deleted', async () => {
    const keys = ['a', 'a/b', 'a/b/c.txt', 'x'.repeat(500), 'd//e']
    for (const key of keys) {
      await store.put(key, encode('1'))
      await store.put(key, encode('2'))
      await store.put(key, encode('3'), { ifNoneMatch: '*' }).catch(() => undefined)
    }
    await store.delete(keys)
    expect(await filesBelow(directory)).toEqual([])
    expect((await readdir(directory)).sort()).toEqual(['.meta'])
  })

  it('keeps control characters in keys', async () => {
    const keys = ['a\u0000b', 'a\nb', '\u007f/\u0001.txt']
    for (const key of keys) await store.put(key, encode(key))
    expect(await keysOf(store)).toEqual([...keys].sort())
  })
})

describe('the disk store among processes', () => {
  let directory: string
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tailrace-store-'))
  })
  afterEach(() => rm(directory, { recursive: true }))

  it('lets one of 16 racers in 4 processes create an object', async () => {
    for (let round = 0; round < 2; round++) {
      const key = `round-${round}.bin`
      const outputs = await Promise.all(
        [0, 1, 2, 3].map(n => outputOf(writer(directory, 'create', key, ...[0, 1, 2, 3].map(m => `${n}-${m}`)))),
      )
      const winners = outputs.join('').split('\n').filter(Boolean)
      expect(winners).toHaveLength(1)
      const object = await diskStore(directory).get(key)
      expect(new TextDecoder().decode(object.body)).toBe(winners[0])
      expect(object.metadata).toEqual({ name: winners[0] })
    }
  })

  it('loses no increment of 3 processes that write with ifMatch', async () => {
    const store = diskStore(directory)
    await store.put('counter', encode('0'))
    await Promise.all([0, 1, 2].map(() => outputOf(writer(directory, 'count', 'counter', '20'))))
    expect(new TextDecoder().decode((await store.get('counter')).body)).toBe('60')
  })

  it('shows each reader the metadata of the very body that it reads while another process writes', async () => {
    const child = writer(directory, 'loop', '')
    await new Promise(resolve => child.stdout!.once('data', resolve))
    const store = diskStore(directory)
    for (let round = 0; round < 300; round++) {
      const { metadata, size } = await store.head('same.bin')
      expect(size).toBe(1 + (Number(metadata.n) % 7) * 20_000)
    }
    const closed = new Promise(resolve => child.once('close', resolve))
    child.kill('SIGKILL')
    await closed
  })

  it('shows whole objects and every acknowledged one after a writer is killed, and goes on', async () => {
    for (const afterMs of [3, 11, 23, 37]) {
      const child = writer(directory, 'loop', '')
      const output = outputOf(child)
      await new Promise(resolve => child.stdout!.once('data', resolve))
      await new Promise(resolve => setTimeout(resolve, afterMs))
      child.kill('SIGKILL')
      const acknowledged = (await output).trim().split('\n').map(Number)
      const last = acknowledged.at(-1)!
      const store = diskStore(directory)
      const keys = await keysOf(store)
      for (const key of keys) {
        const { body, metadata } = await store.get(key)
        const n = Number(metadata.n)
        expect(body.length).toBe(1 + (n % 7) * 20_000)
        expect(body.every(byte => byte === n % 251)).toBe(true)
      }
      const expected = acknowledged.filter(n => n % 3 !== 1 || n + 1 > last).map(n => `new/${n}.bin`)
      expect(expected.filter(key => !keys.includes(key) && key !== `new/${last - 1}.bin`)).toEqual([])
      expect(Number((await store.head('same.bin')).metadata.n)).toBeGreaterThanOrEqual(last)
      await store.put('same.bin', encode('goes on'))
      await store.delete(await keysOf(store))
      expect(await keysOf(store)).toEqual([])
    }
  })
})

function writer(...args: readonly string[]): ChildProcess {
  const script = resolve(import.meta.dirname, 'disk-writer.ts')
  return spawn(process.execPath, ['--import', 'tsx', script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
}

async function outputOf(child: ChildProcess): Promise<string> {
  let output = ''
  child.stdout!.on('data', chunk => {
    output += chunk
  })
  await new Promise(resolve => child.once('close', resolve))
  return output
}

async function filesBelow(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  return entries
    .filter(entry => !entry.isDirectory())
    .map(entry => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .sort()
}

async function keysOf(store: ObjectStore): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of store.list('')) keys.push(key)
  return keys
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
