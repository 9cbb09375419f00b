/**
 * A process of its own that writes into a disk store, for tests of several processes and of killed ones:
 * `create KEY NAME…` races with `ifNoneMatch`, `count KEY TIMES` increments with `ifMatch`, `loop` writes until it is
 * killed and prints each key once the store has acknowledged it.
 */

import { diskStore } from '../../shared/store/disk.js'
import { Conflict, PreconditionFailed } from '../../shared/store/errors.js'

const [directory = '', command = '', key = '', ...rest] = process.argv.slice(2)
const store = diskStore(directory)
const encode = (text: string) => new TextEncoder().encode(text)

async function create(name: string): Promise<void> {
  try {
    await store.put(key, encode(name), { ifNoneMatch: '*', metadata: { name } })
    process.stdout.write(`${name}\n`)
  } catch (error) {
    if (!(error instanceof PreconditionFailed)) throw error
  }
}

async function increment(): Promise<void> {
  for (;;) {
    const { body, etag } = await store.get(key)
    try {
      await store.put(key, encode(String(Number(new TextDecoder().decode(body)) + 1)), { ifMatch: etag })
      return
    } catch (error) {
      if (!(error instanceof PreconditionFailed || error instanceof Conflict)) throw error
    }
  }
}

/** Body and metadata of the n-th write name n, so that a reader can tell a mixture. */
async function loop(): Promise<void> {
  for (let n = 0; ; n++) {
    const body = new Uint8Array(1 + (n % 7) * 20_000).fill(n % 251)
    const created = store.put(`new/${n}.bin`, body, { ifNoneMatch: '*', metadata: { n: String(n) } })
    const replaced = store.put('same.bin', body, { metadata: { n: String(n) } })
    await Promise.all([created, replaced])
    process.stdout.write(`${n}\n`)
    if (n % 3 === 2) await store.delete([`new/${n - 1}.bin`])
  }
}

if (command === 'create') await Promise.all(rest.map(create))
if (command === 'count') for (let n = 0; n < Number(rest[0]); n++) await increment()
if (command === 'loop') await loop()
