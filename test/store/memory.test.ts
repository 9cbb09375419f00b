import { describe, expect, it } from 'vitest'
import { compareKeys } from '../../shared/store/key.js'
import { memoryStore } from '../../shared/store/memory.js'
import { storeSuite } from './object-store-suite.js'

storeSuite('the memory store', async () => ({ store: memoryStore() }))

describe('the memory store', () => {
  it('takes its times from the given clock', async () => {
    const time = new Date('2026-01-01T00:00:00.123Z')
    const store = memoryStore({ now: () => time })
    await store.put('a', new Uint8Array())
    expect((await store.head('a')).lastModified).toEqual(time)
  })

  it('gives the MD5 of the body as ETag unless it is told another', async () => {
    const store = memoryStore()
    expect(await store.put('a', new Uint8Array())).toEqual({ etag: '"d41d8cd98f00b204e9800998ecf8427e"' })
    expect(await store.put('b', new Uint8Array(), { etag: '"x-2"' })).toEqual({ etag: '"x-2"' })
    expect((await store.head('b')).etag).toBe('"x-2"')
  })
})

describe('the order of keys', () => {
  it('is that of their UTF-8 bytes', () => {
    const keys = ['', 'a', 'aa', 'b', '\u{7f}', '\u{80}', '\u{7ff}', '\u{800}', '\u{d7ff}', '\u{e000}', '\u{ffff}']
    const all = [...keys, '\u{10000}', '\u{10ffff}', '\u{e000}\u{10000}', '\u{10000}\u{e000}']
    for (const a of all) {
      for (const b of all) {
        expect(Math.sign(compareKeys(a, b))).toBe(Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b))))
      }
    }
  })
})
