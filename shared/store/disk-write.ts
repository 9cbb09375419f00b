import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { inDirectoryOf, removeOlderThan, temporaryPath, unlinkAndPrune, writeDurably } from './disk-files.js'
import { type ObjectRecord, recordPath } from './disk-record.js'
import { isErrno } from './errno.js'

const temporaryLifeMs = 3_600_000

export interface Draft {
  /** Where the body lies until it gets its name. */
  readonly body: string
  /** Removes what is left of the draft: the temporary name, and the record unless the body got its name. */
  discard(committed: boolean): Promise<void>
}

/** Writes bodies and records on the disk, ready for the step that makes an object of them. */
export function drafts(meta: string, records: string, now: () => Date) {
  const temporaries = join(meta, 'temporary')
  let swept: Promise<void> | undefined

  return async function writeDraft(path: string, body: Uint8Array, record: ObjectRecord): Promise<Draft> {
    const temporary = await temporaryPath(temporaries)
    swept ??= removeOlderThan(temporaries, temporaryLifeMs)
    await swept
    try {
      for (let attempt = 1; ; attempt++) {
        // Microseconds below the millisecond are ours to choose, so that the time is unique among the key's bodies.
        const seconds = now().getTime() / 1000 + (1 + Math.floor(Math.random() * 998)) / 1e6
        await writeDurably(temporary, body, seconds)
        const { mtimeNs } = await stat(temporary, { bigint: true })
        const recordFile = recordPath(records, path, mtimeNs)
        if (await tryWrite(recordFile, JSON.stringify(record))) return draft(temporary, recordFile)
        if (attempt === 100) throw new Error('the file system keeps times too coarsely to tell bodies apart')
        await rm(temporary)
      }
    } catch (error) {
      await rm(temporary, { force: true })
      throw error
    }
  }

  function draft(temporary: string, recordFile: string): Draft {
    return {
      body: temporary,
      async discard(committed) {
        await rm(temporary, { force: true })
        if (!committed) await unlinkAndPrune(recordFile, records)
      },
    }
  }
}

async function tryWrite(path: string, content: string): Promise<boolean> {
  try {
    await inDirectoryOf(path, () => writeDurably(path, content))
    return true
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false
    // Nobody else has written it: its time was ours.
    await rm(path, { force: true })
    throw error
  }
}
