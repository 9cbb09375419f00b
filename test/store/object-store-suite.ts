import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  Conflict,
  InvalidKey,
  InvalidRange,
  NotFound,
  ObjectStoreError,
  PreconditionFailed,
} from '../../shared/store/errors.js'
import type { ObjectEntry, ObjectStore } from '../../shared/store/object-store.js'

export interface StoreUnderTest {
  readonly store: ObjectStore
  close?(): Promise<void>
}

/** Names of tests, with the reason. */
export interface KnownFailures {
  /** The store fails them; one that passes all the same fails the suite. */
  readonly always?: Readonly<Record<string, string>>
  /** The store fails them now and then: they do not run. */
  readonly sometimes?: Readonly<Record<string, string>>
}

type StoreTest = (store: ObjectStore) => Promise<void>

/** Keys in the order of their UTF-8 bytes; U+FF5E sorts before U+1F600, which JavaScript's own order turns round. */
const keysInOrder = [
  '!',
  '%2F',
  'a',
  'a b',
  'a!',
  'a+b',
  'a-b/c',
  'a.b/c',
  'a/',
  'a//b',
  'a/b',
  'a/b/c',
  'a0',
  'b%/c%20d',
  'café',
  'café/ü',
  'cafe\u{301}',
  '日本/ログ.parquet',
  '\u{ff5e}',
  '\u{1f600}',
  '\u{1f600}/x',
].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))

const tests: Record<string, StoreTest> = {
  'gives back bytes, size, ETag, time and metadata': async store => {
    const body = Uint8Array.from({ length: 256 }, (_, index) => index)
    const { etag } = await store.put('a/b.bin', body, {
      metadata: { attempt: 'x-1', note: 'a b=c' },
      contentType: 'application/x-test',
    })
    expect(etag).toMatch(/^".+"$/)
    const object = await store.get('a/b.bin')
    expect(object.body).toBeInstanceOf(Uint8Array)
    expect(Buffer.from(object.body)).toEqual(Buffer.from(body))
    expect(object).toMatchObject({ key: 'a/b.bin', size: 256, etag, contentType: 'application/x-test' })
    expect(object.metadata).toEqual({ attempt: 'x-1', note: 'a b=c' })
    const head = await store.head('a/b.bin')
    expect(head).toMatchObject({ key: 'a/b.bin', size: 256, etag, contentType: 'application/x-test' })
    expect(head.metadata).toEqual({ attempt: 'x-1', note: 'a b=c' })
    expect(Math.abs(Date.now() - head.lastModified.getTime())).toBeLessThan(60_000)
    expect(head).not.toHaveProperty('body')
  },

  'keeps an empty object': async store => {
    await store.put('empty', new Uint8Array())
    expect(await store.get('empty')).toMatchObject({ size: 0, metadata: {}, body: new Uint8Array() })
  },

  'is not changed through the arrays that went in or came out': async store => {
    const body = bytes('original')
    await store.put('a', body)
    body.fill(0)
    const first = await store.get('a')
    expect(text(first.body)).toBe('original')
    first.body.fill(0)
    expect(text((await store.get('a')).body)).toBe('original')
  },

  'keeps a body of 20 MB': async store => {
    const body = new Uint8Array(20_000_000)
    for (let index = 0; index < body.length; index += 997) body[index] = index & 0xff
    await store.put('big', body)
    expect(Buffer.compare((await store.get('big')).body, body)).toBe(0)
    const part = await store.get('big', { range: { start: 9_970_000, end: 9_979_999 } })
    expect(Buffer.compare(part.body, body.subarray(9_970_000, 9_980_000))).toBe(0)
  },

  'says NotFound for a key that is not there': async store => {
    await store.put('here/below', bytes('1'))
    for (const key of ['nowhere', 'here', 'here/', 'here/below/x']) {
      await expect(store.get(key), key).rejects.toThrow(NotFound)
      await expect(store.head(key), key).rejects.toThrow(NotFound)
    }
    await expect(store.get('nowhere')).rejects.toMatchObject({ name: 'NotFound', key: 'nowhere' })
  },

  'refuses keys that are empty, too long or not Unicode': async store => {
    for (const key of ['', 'k'.repeat(1025), `${'é'.repeat(512)}x`, 'half \ud800']) {
      await expect(store.put(key, bytes('1'))).rejects.toThrow(InvalidKey)
      await expect(store.get(key)).rejects.toThrow(InvalidKey)
      await expect(store.head(key)).rejects.toThrow(InvalidKey)
      await expect(store.delete([key])).rejects.toThrow(InvalidKey)
    }
    expect(await keysOf(store)).toEqual([])
  },

  'keeps keys of 1,024 bytes apart': async store => {
    const keys = ['k'.repeat(1024), `${'k'.repeat(1023)}l`, 'é'.repeat(512), `${'s/'.repeat(511)}st`, '%'.repeat(1024)]
    for (const key of keys) await store.put(key, bytes(key.slice(-3)))
    for (const key of keys) expect(text((await store.get(key)).body)).toBe(key.slice(-3))
    expect(await keysOf(store)).toEqual([...keys].sort(byBytes))
  },

  'keeps every odd key apart and lists them in the order of their bytes': async store => {
    for (const key of [...keysInOrder].reverse()) await store.put(key, bytes(key))
    expect(await keysOf(store)).toEqual(keysInOrder)
    for (const key of keysInOrder) {
      expect(text((await store.get(key)).body)).toBe(key)
      expect((await store.head(key)).key).toBe(key)
    }
    await store.delete(keysInOrder.filter((_, index) => index % 2 === 0))
    expect(await keysOf(store)).toEqual(keysInOrder.filter((_, index) => index % 2 === 1))
    for (const key of keysInOrder) await store.delete([key])
    expect(await keysOf(store)).toEqual([])
  },

  'keeps keys with relative segments': async store => {
    const keys = ['../up', './here', 'a/../b', 'a/./b', 'a/..', '..', '.'].sort(byBytes)
    for (const key of keys) await store.put(key, bytes(key))
    expect(await keysOf(store)).toEqual(keys)
    for (const key of keys) expect(text((await store.get(key)).body)).toBe(key)
  },

  'answers ranges inclusive at both ends': async store => {
    const { etag } = await store.put('r', bytes('0123456789'))
    const cases = [
      [{ start: 0, end: 0 }, '0'],
      [{ start: 2, end: 4 }, '234'],
      [{ start: 7 }, '789'],
      [{ start: 0 }, '0123456789'],
      [{ start: 8, end: 99 }, '89'],
      [{ suffix: 3 }, '789'],
      [{ suffix: 10 }, '0123456789'],
      [{ suffix: 99 }, '0123456789'],
    ] as const
    for (const [range, expected] of cases) {
      const part = await store.get('r', { range })
      expect(text(part.body), JSON.stringify(range)).toBe(expected)
      expect(part).toMatchObject({ size: 10, etag })
    }
  },

  'says InvalidRange when a range selects nothing': async store => {
    await store.put('r', bytes('0123456789'))
    await store.put('empty', new Uint8Array())
    for (const range of [{ start: 10 }, { start: 11, end: 12 }, { start: 5, end: 4 }, { suffix: 0 }]) {
      await expect(store.get('r', { range }), JSON.stringify(range)).rejects.toThrow(InvalidRange)
    }
    await expect(store.get('empty', { range: { suffix: 8 } })).rejects.toThrow(InvalidRange)
    await expect(store.get('empty', { range: { start: 0 } })).rejects.toThrow(InvalidRange)
    await expect(store.get('nowhere', { range: { start: 0 } })).rejects.toThrow(NotFound)
  },

  'replaces an object with all that belongs to it': async store => {
    const first = await store.put('a', bytes('first'), { metadata: { one: '1' }, contentType: 'text/one' })
    const second = await store.put('a', bytes('second!'), { metadata: { two: '2' } })
    expect(second.etag).not.toBe(first.etag)
    const object = await store.get('a')
    expect(text(object.body)).toBe('second!')
    expect(object).toMatchObject({ size: 7, etag: second.etag })
    expect(object.metadata).toEqual({ two: '2' })
    expect(object.contentType).not.toBe('text/one')
  },

  'shows readers the old object or the new one, never a mixture': async store => {
    const bodies = [1, 2, 3, 4].map(fill => new Uint8Array(fill * 50_000).fill(fill))
    const put = (fill: number) => store.put('a', bodies[fill - 1]!, { metadata: { fill: String(fill) } })
    await put(1)
    let writing = true
    const writer = (async () => {
      for (let round = 0; round < 24; round++) await put((round % 4) + 1)
      writing = false
    })()
    const reader = async () => {
      do {
        const object = await store.get('a')
        const fill = object.body[0]!
        expect(object.size).toBe(fill * 50_000)
        expect(object.body.length).toBe(object.size)
        expect(object.body.every(byte => byte === fill)).toBe(true)
        expect(object.metadata).toEqual({ fill: String(fill) })
      } while (writing)
    }
    await Promise.all([writer, reader(), reader(), reader()])
  },

  'creates only once with ifNoneMatch': async store => {
    const { etag } = await store.put('a', bytes('first'), { ifNoneMatch: '*', metadata: { attempt: '1' } })
    await expect(store.put('a', bytes('second'), { ifNoneMatch: '*' })).rejects.toThrow(PreconditionFailed)
    expect(await store.head('a')).toMatchObject({ etag, metadata: { attempt: '1' } })
    await store.delete(['a'])
    await store.put('a', bytes('third'), { ifNoneMatch: '*' })
    expect(text((await store.get('a')).body)).toBe('third')
  },

  'lets one of 16 racers create an object': async store => {
    for (let round = 0; round < 4; round++) {
      const key = `race/${round}.parquet`
      const results = await race(16, racer =>
        store.put(key, bytes(`racer ${racer}`), { ifNoneMatch: '*', metadata: { racer: String(racer) } }),
      )
      expect(results.winners).toHaveLength(1)
      expect(results.losers.every(isLostRace)).toBe(true)
      const object = await store.get(key)
      expect(text(object.body)).toBe(`racer ${results.winners[0]}`)
      expect(object.metadata).toEqual({ racer: String(results.winners[0]) })
    }
  },

  'replaces with ifMatch only the object that it names': async store => {
    const first = await store.put('a', bytes('first'))
    const second = await store.put('a', bytes('second'), { ifMatch: first.etag })
    await expect(store.put('a', bytes('third'), { ifMatch: first.etag })).rejects.toThrow(PreconditionFailed)
    expect(await store.head('a')).toMatchObject({ etag: second.etag, size: 6 })
  },

  'says NotFound when ifMatch finds no object': async store => {
    const { etag } = await store.put('a', bytes('first'))
    await store.delete(['a'])
    await expect(store.put('a', bytes('second'), { ifMatch: etag })).rejects.toThrow(NotFound)
    await expect(store.head('a')).rejects.toThrow(NotFound)
  },

  'lets one of 16 racers replace an object': async store => {
    let { etag } = await store.put('a', bytes('start'))
    for (let round = 0; round < 3; round++) {
      const results = await race(16, racer => store.put('a', bytes(`${round} ${racer}`), { ifMatch: etag }))
      expect(results.winners).toHaveLength(1)
      expect(results.losers.every(isLostRace)).toBe(true)
      const object = await store.get('a')
      expect(text(object.body)).toBe(`${round} ${results.winners[0]}`)
      etag = object.etag
    }
  },

  'loses no increment of a counter that is written with ifMatch': async store => {
    await store.put('counter', bytes('0'))
    const increment = async () => {
      for (;;) {
        const current = await store.get('counter')
        try {
          await store.put('counter', bytes(String(Number(text(current.body)) + 1)), { ifMatch: current.etag })
          return
        } catch (error) {
          if (!isLostRace(error)) throw error
        }
      }
    }
    await Promise.all(Array.from({ length: 8 }, increment))
    expect(text((await store.get('counter')).body)).toBe('8')
  },

  'lists what begins with a prefix': async store => {
    const keys = ['a', 'a/1', 'a/2/3', 'ab/1', 'b', 'b/1']
    for (const key of keys) await store.put(key, bytes(key))
    expect(await keysOf(store, '')).toEqual(keys)
    expect(await keysOf(store, 'a')).toEqual(['a', 'a/1', 'a/2/3', 'ab/1'])
    expect(await keysOf(store, 'a/')).toEqual(['a/1', 'a/2/3'])
    expect(await keysOf(store, 'a/2')).toEqual(['a/2/3'])
    expect(await keysOf(store, 'b/1')).toEqual(['b/1'])
    expect(await keysOf(store, 'c')).toEqual([])
    expect(await keysOf(store, 'a/1/')).toEqual([])
  },

  'lists after a key, whether it is there or not': async store => {
    for (const key of keysInOrder) await store.put(key, bytes(key))
    for (const after of [...keysInOrder, 'a/a', 'zzz', '\u{ffff}']) {
      expect(await keysOf(store, '', after), after).toEqual(keysInOrder.filter(key => byBytes(key, after) > 0))
    }
    expect(await keysOf(store, 'a/', 'a/b')).toEqual(['a/b/c'])
    expect(await keysOf(store, 'a/', 'Z')).toEqual(['a/', 'a//b', 'a/b', 'a/b/c'])
    expect(await keysOf(store, 'a/', 'b')).toEqual([])
  },

  'lists size, ETag and time as head has them': async store => {
    const { etag } = await store.put('a/1', bytes('12345'), { metadata: { x: 'y' } })
    const [entry, ...others] = await entriesOf(store, 'a/')
    expect(others).toEqual([])
    expect(entry).toMatchObject({ key: 'a/1', size: 5, etag })
    const head = await store.head('a/1')
    expect(Math.abs(entry!.lastModified.getTime() - head.lastModified.getTime())).toBeLessThan(1000)
  },

  'lists and deletes more than a thousand keys': async store => {
    const keys = Array.from({ length: 1105 }, (_, index) => `many/${String(index).padStart(5, '0')}.parquet`)
    for (let from = 0; from < keys.length; from += 64) {
      await Promise.all(keys.slice(from, from + 64).map(key => store.put(key, bytes(key))))
    }
    await store.put('other', bytes('stays'))
    expect(await keysOf(store, 'many/')).toEqual(keys)
    expect(await keysOf(store, 'many/', keys[500])).toEqual(keys.slice(501))
    await store.delete([...keys, 'never/was'])
    expect(await keysOf(store)).toEqual(['other'])
  },

  'lets the reader of a listing stop early': async store => {
    for (const key of ['a', 'b', 'c']) await store.put(key, bytes(key))
    for await (const entry of store.list('')) {
      expect(entry.key).toBe('a')
      break
    }
  },

  'counts a key that is not there as deleted': async store => {
    await store.put('a', bytes('1'))
    await store.delete([])
    await store.delete(['nowhere', 'a', 'a', 'a/b'])
    await store.delete(['a'])
    expect(await keysOf(store)).toEqual([])
  },

  'rejects with the reason of an aborted signal and does nothing': async store => {
    await store.put('a', bytes('1'))
    const reason = new Error('stop it')
    const signal = AbortSignal.abort(reason)
    await expect(store.get('a', { signal })).rejects.toBe(reason)
    await expect(store.head('a', { signal })).rejects.toBe(reason)
    await expect(store.put('b', bytes('1'), { signal })).rejects.toBe(reason)
    await expect(store.delete(['a'], { signal })).rejects.toBe(reason)
    await expect(store.list('', { signal })[Symbol.asyncIterator]().next()).rejects.toBe(reason)
    expect(await keysOf(store)).toEqual(['a'])
  },

  'stops a listing when its signal aborts': async store => {
    for (const key of ['a', 'b', 'c']) await store.put(key, bytes(key))
    const controller = new AbortController()
    const listing = store.list('', { signal: controller.signal })[Symbol.asyncIterator]()
    expect((await listing.next()).value.key).toBe('a')
    controller.abort()
    await expect(listing.next()).rejects.toMatchObject({ name: 'AbortError' })
  },

  'says in every failure what was tried and on which key': async store => {
    const failure = await store.get('no/such key').catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(ObjectStoreError)
    expect((failure as ObjectStoreError).message).toMatch(/^get: .*no\/such key/)
  },
}

/** Holds a store to what `ObjectStore` promises; `makeStore` gives an empty one for each test. */
export function storeSuite(
  name: string,
  makeStore: () => Promise<StoreUnderTest>,
  { always = {}, sometimes = {} }: KnownFailures = {},
): void {
  describe(`${name} as an object store`, () => {
    let current: StoreUnderTest
    beforeEach(async () => {
      current = await makeStore()
    })
    afterEach(async () => {
      await current.close?.()
    })
    for (const [title, test] of Object.entries(tests)) {
      const run = () => test(current.store)
      if (title in always) it.fails(`${title} (known to fail: ${always[title]})`, run, 60_000)
      else it.skipIf(title in sometimes)(title in sometimes ? `${title} (${sometimes[title]})` : title, run, 60_000)
    }
    it('knows the tests that it expects to fail', () => {
      expect(Object.keys({ ...always, ...sometimes }).filter(title => !(title in tests))).toEqual([])
    })
  })
}

async function race(racers: number, run: (racer: number) => Promise<unknown>) {
  const results = await Promise.allSettled(Array.from({ length: racers }, (_, racer) => run(racer)))
  return {
    winners: results.flatMap((result, racer) => (result.status === 'fulfilled' ? [racer] : [])),
    losers: results.flatMap(result => (result.status === 'rejected' ? [result.reason as unknown] : [])),
  }
}

function isLostRace(error: unknown): boolean {
  return error instanceof PreconditionFailed || error instanceof Conflict
}

async function entriesOf(store: ObjectStore, prefix = '', after?: string): Promise<ObjectEntry[]> {
  const entries: ObjectEntry[] = []
  for await (const entry of store.list(prefix, after === undefined ? {} : { after })) entries.push(entry)
  return entries
}

async function keysOf(store: ObjectStore, prefix = '', after?: string): Promise<string[]> {
  return (await entriesOf(store, prefix, after)).map(entry => entry.key)
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

function bytes(content: string): Uint8Array {
  return new TextEncoder().encode(content)
}

function text(body: Uint8Array): string {
  return new TextDecoder().decode(body)
}
