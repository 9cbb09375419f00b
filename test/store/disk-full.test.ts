import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { diskStore } from '../../shared/store/disk.js'
import { ObjectStoreError, StorageFull } from '../../shared/store/errors.js'

const disk = vi.hoisted(() => ({ failing: undefined as string | undefined, writesLeft: 0 }))

/** A disk on which one write more than `writesLeft` fails with the code in `failing`. */
vi.mock('node:fs/promises', async original => {
  const real = await original<typeof import('node:fs/promises')>()
  return {
    ...real,
    async open(...args: Parameters<typeof real.open>) {
      const handle = await real.open(...args)
      if (args[1] === 'wx' && disk.failing !== undefined && disk.writesLeft-- <= 0) {
        handle.writeFile = () =>
          Promise.reject(Object.assign(new Error('write'), { code: disk.failing, syscall: 'write' }))
      }
      return handle
    },
  }
})

describe('the disk store on a full disk', () => {
  let directory: string
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tailrace-store-'))
  })
  afterEach(async () => {
    disk.failing = undefined
    await rm(directory, { recursive: true })
  })

  it.each([
    ['ENOSPC', 0],
    ['ENOSPC', 1],
    ['EDQUOT', 0],
  ])('says StorageFull for %s at write %i, leaves the old object and no litter', async (code, writesLeft) => {
    const store = diskStore(directory)
    await store.put('a.txt', new Uint8Array([1]))
    const before = await readdir(directory, { recursive: true })
    Object.assign(disk, { failing: code, writesLeft })
    const failure = await store.put('a.txt', new Uint8Array([2])).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(StorageFull)
    expect(failure).toMatchObject({ key: 'a.txt', message: 'put: no room on the disk for a.txt', cause: { code } })
    disk.failing = undefined
    expect(await readdir(directory, { recursive: true })).toEqual(before)
    expect((await store.get('a.txt')).body).toEqual(new Uint8Array([1]))
  })

  it('names what else the file system answers', async () => {
    Object.assign(disk, { failing: 'EIO', writesLeft: 0 })
    const failure = await diskStore(directory)
      .put('a.txt', new Uint8Array([2]))
      .catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(ObjectStoreError)
    expect(failure).toMatchObject({ name: 'ObjectStoreError', message: 'put: a.txt: write', cause: { code: 'EIO' } })
  })
})
