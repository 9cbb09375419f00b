import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { PartFolder } from '../../shared/engine/part-folder.js'
import { thisProcess } from '../../shared/store/process-identity.js'

it('deletes what killed processes left, and nothing of those that run or are elsewhere', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tailrace-part-folder-test-'))
  try {
    const { pid, started, host } = await thisProcess()
    const other = host === '00000000' ? '11111111' : '00000000'
    // More than any number of a process.
    const gone = [`run-4194305-1-${host}-0`, `.4194305-1-${host}-3.tmp`]
    const kept = [`run-${pid}-${started}-${host}-900`, `run-4194305-1-${other}-0`, `.4194305-1-${other}-3.tmp`]
    for (const name of [...gone, ...kept]) {
      if (name.endsWith('.tmp')) await writeFile(join(folder, name), 'part')
      else await mkdir(join(folder, name))
    }
    const held = await new PartFolder(folder, 1_000).hold()
    expect(await readdir(folder)).toContain(held.folder.slice(folder.length + 1))
    await held.release()
    expect((await readdir(folder)).sort()).toEqual(kept.sort())
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
