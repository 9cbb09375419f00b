import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { emptyLogFile } from '../parquet/empty-file.js'
import type { ObjectEntry } from '../store/object-store.js'
import { MergeFailed } from './errors.js'
import { fetchLanding, landingInputs } from './fetch-landing.js'
import type { LakeDependencies } from './lake-dependencies.js'
import type { MergeInput, MergeRequest } from './merge.js'

/** What a merge is asked beside its inputs. */
export type MergeTerms = Omit<MergeRequest, 'inputs' | 'against' | 'isAgainstPartial' | 'hasIdless'>

/**
 * Why a landing object cannot be merged, whatever it is merged with: it fails twice by itself, fetched anew and without any
 * file of the table, while a merge of nothing succeeds. Null when it does not, or is gone.
 *
 * @throws MergeFailed when memory or disk do not suffice, or when nothing can be merged at all
 */
export async function failsAlone(
  { files, merge }: Pick<LakeDependencies, 'files' | 'merge'>,
  entry: ObjectEntry,
  terms: MergeTerms,
): Promise<MergeFailed | null> {
  const { signal } = terms
  const tryToMerge = async (name: string, inputsIn: (folder: string) => Promise<Inputs | null>) => {
    const folder = join(terms.folder, name)
    await mkdir(folder)
    const inputs = await inputsIn(folder)
    if (inputs !== null) await merge.merge({ ...terms, ...inputs, against: [], folder })
  }
  const ownFailure = async (name: string) => {
    try {
      await tryToMerge(name, async folder => {
        const { fetched } = await fetchLanding(files.store, [entry], folder, signal)
        const hasIdless = fetched.some(({ facts }) => facts.hasIdless)
        return fetched.length === 0 ? null : { inputs: await landingInputs(fetched), hasIdless }
      })
      return null
    } catch (error) {
      if (!(error instanceof MergeFailed) || error.lacksRoom) throw error
      return error
    }
  }
  if ((await ownFailure('alone')) === null) return null
  await tryToMerge('nothing', async folder => ({ inputs: [await emptyInput(folder)], hasIdless: false }))
  return await ownFailure('alone-again')
}

type Inputs = Pick<MergeRequest, 'inputs' | 'hasIdless'>

async function emptyInput(folder: string): Promise<MergeInput> {
  const path = join(folder, 'empty.parquet')
  const body = emptyLogFile()
  await writeFile(path, body)
  return { path, kind: 'landing', bytes: body.length, uncompressedBytes: 0, rows: 0, isPartial: false }
}
