import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { diskStore } from '../../shared/store/disk.js'
import { continuationMark, metaDirectory, pathOfKey, segmentOfName } from '../../shared/store/disk-path.js'
import { memoryStore } from '../../shared/store/memory.js'
import type { ObjectStore } from '../../shared/store/object-store.js'

const piece = fc.constantFrom(
  'a',
  'b',
  '.',
  '..',
  '/',
  '//',
  '%',
  '%+',
  '%_',
  '%2E',
  '+',
  '_',
  '.meta',
  ' ',
  '\n',
  'é',
  '日',
  '\u{1f600}',
  'x'.repeat(199),
  '.'.repeat(200),
  'é'.repeat(99),
)
const key = fc
  .array(piece, { minLength: 1, maxLength: 6 })
  .map(pieces => pieces.join(''))
  .filter(text => Buffer.byteLength(text) <= 1024)

describe('paths of keys', () => {
  it('are reversible and names that a file system takes', () => {
    fc.assert(
      fc.property(key, text => {
        const names = pathOfKey(text).split('/')
        for (const name of names) {
          expect(Buffer.byteLength(name)).toBeLessThanOrEqual(210)
          expect(['', '.', '..']).not.toContain(name)
        }
        expect(names[0]).not.toBe(metaDirectory)
        const whole = pathOfKey(text).replaceAll(`${continuationMark}/`, '')
        expect(whole.split('/').map(segmentOfName).join('/')).toBe(text)
      }),
      { numRuns: 2000 },
    )
  })

  it('never make one key the directory of another', () => {
    fc.assert(
      fc.property(key, key, (one, other) => {
        fc.pre(one !== other)
        expect(pathOfKey(one)).not.toBe(pathOfKey(other))
        expect(pathOfKey(one).startsWith(`${pathOfKey(other)}/`)).toBe(false)
      }),
      {
        numRuns: 3000,
        examples: [
          ['a', 'a/b'],
          ['a.b', 'a.b/c'],
          [`${'x'.repeat(250)}`, `${'x'.repeat(250)}/y`],
        ],
      },
    )
  })

  it('give the disk store the listings of the memory store', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(key, { maxLength: 12 }), key, key, async (keys, prefix, after) => {
        const directory = await mkdtemp(join(tmpdir(), 'tailrace-keys-'))
        try {
          const [disk, memory] = [diskStore(directory), memoryStore()]
          for (const store of [disk, memory]) {
            for (const text of keys) await store.put(text, Buffer.from(text))
            await store.delete(keys.slice(0, 2))
          }
          for (const range of [{}, { after }]) {
            for (const start of ['', prefix, prefix.slice(0, 2), prefix.split('/')[0]!]) {
              expect(await listed(disk, start, range)).toEqual(await listed(memory, start, range))
            }
          }
        } finally {
          await rm(directory, { recursive: true })
        }
      }),
      { numRuns: 25 },
    )
  })
})

async function listed(store: ObjectStore, prefix: string, range: { after?: string }): Promise<string[]> {
  const found: string[] = []
  for await (const { key: text, etag } of store.list(prefix, range)) found.push(`${text} ${etag}`)
  return found
}
