import { lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { claimDataFolder, clearDataFolder, openDataFolder } from '../../../local/start/data-folder.js'
import { StartFailed } from '../../../local/start/errors.js'

describe('the data folder', () => {
  let scratch: string
  let data: string
  beforeEach(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'tailrace-data-'))
    data = join(scratch, 'deep/data')
  })
  afterEach(() => rm(scratch, { recursive: true }))

  it('is made, and taken again', async () => {
    await openDataFolder(data)
    await mkdir(join(data, 's3'))
    await openDataFolder(data)
    expect(await readdir(data)).toEqual(['.tailrace-data', 's3'])
  })

  it('is not a folder with something else in it, nor a file', async () => {
    const letters = join(scratch, 'letters')
    await mkdir(letters)
    await writeFile(join(letters, 'dear.txt'), 'dear')
    await expect(openDataFolder(letters)).rejects.toThrow(StartFailed)
    await expect(openDataFolder(join(letters, 'dear.txt'))).rejects.toThrow(/dear\.txt is a file, not a folder/)
    await expect(openDataFolder(join(letters, 'dear.txt/below'))).rejects.toThrow(/is a file, not a folder/)
    await expect(clearDataFolder(letters)).rejects.toThrow(/was not made by Tailrace/)
    expect(await readdir(letters)).toEqual(['dear.txt'])
  })

  it('is cleared without following a link', async () => {
    const kept = join(scratch, 'kept.txt')
    await writeFile(kept, 'kept')
    await openDataFolder(data)
    await mkdir(join(data, 's3/bucket'), { recursive: true })
    await symlink(scratch, join(data, 's3/link'))
    await clearDataFolder(data)
    expect(await readdir(data)).toEqual(['.tailrace-data'])
    expect(await readFile(kept, 'utf8')).toBe('kept')
  })

  it('is not cleared when it is a link itself', async () => {
    await openDataFolder(data)
    await writeFile(join(data, 'kept.txt'), 'kept')
    const link = join(scratch, 'link')
    await symlink(data, link)
    await expect(clearDataFolder(link)).rejects.toThrow(/is a symbolic link, so --reset deleted nothing/)
    expect((await lstat(link)).isSymbolicLink()).toBe(true)
    expect(await readFile(join(data, 'kept.txt'), 'utf8')).toBe('kept')
  })

  it('need not be there to be cleared', async () => {
    await clearDataFolder(data)
  })

  it('is not cleared under another process, but under one that has died', async () => {
    await openDataFolder(data)
    const release = await claimDataFolder(data)
    await writeFile(join(data, `.running-${process.ppid}`), '')
    await expect(clearDataFolder(data)).rejects.toThrow(`process ${process.ppid}`)
    await rm(join(data, `.running-${process.ppid}`))
    await writeFile(join(data, '.running-4194305'), '')
    await clearDataFolder(data)
    expect(await readdir(data)).toEqual(['.tailrace-data'])
    await release()
  })
})
