import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { BufferPool } from '../parquet/buffer-pool.js'
import { runtimeCodec } from '../parquet/codec.js'
import { emptyRow, type LogRow } from '../parquet/schema.js'
import { LogFileBuilder } from '../parquet/write.js'
import { MergeFailed } from './errors.js'
import { type Fetched, fetchLanding, landingInputs } from './fetch-landing.js'
import type { LandingBounds } from './inspect-landing.js'
import type { LakeDependencies } from './lake-dependencies.js'
import type { MergeInput, MergeRequest } from './merge.js'

/** What a merge is asked beside its inputs. */
export type MergeTerms = Omit<MergeRequest, 'inputs' | 'against' | 'isAgainstPartial' | 'hasIdless' | 'landed'>

/**
 * Why a landing object that has rows cannot be merged, whatever it is merged with: it fails twice by itself, fetched anew and
 * without any file of the table, while a merge of other events of its group and time succeeds. Null when it does not, or is gone.
 *
 * @throws MergeFailed when memory or disk do not suffice, or the other events cannot be merged either
 */
export async function failsAlone(
  { files, merge }: Pick<LakeDependencies, 'files' | 'merge'>,
  { entry, facts: { bounds } }: Pick<Fetched, 'entry' | 'facts'>,
  terms: MergeTerms,
): Promise<MergeFailed | null> {
  const mergeIn = async (name: string, inputsIn: (folder: string) => Promise<readonly MergeInput[]>) => {
    const folder = join(terms.folder, name)
    await mkdir(folder)
    const inputs = await inputsIn(folder)
    if (inputs.length > 0) await merge.merge({ ...terms, inputs, against: [], hasIdless: true, folder })
  }
  const ownFailure = async (name: string) => {
    try {
      await mergeIn(name, async folder =>
        landingInputs((await fetchLanding(files.store, [entry], folder, terms.signal)).fetched),
      )
      return null
    } catch (error) {
      if (!(error instanceof MergeFailed) || error.lacksRoom) throw error
      return error
    }
  }
  if ((await ownFailure('alone')) === null) return null
  await mergeIn('others', async folder => [await otherEvents(bounds!, folder)])
  return await ownFailure('alone-again')
}

/** An object with an event that has a value in every column, and one that has them only where it must. */
async function otherEvents({ minGroup, minTimestamp }: LandingBounds, folder: string): Promise<MergeInput> {
  const timestamp = Number(minTimestamp / 1_000n)
  const bare: LogRow = { ...emptyRow, timestamp, log_group: minGroup, log_stream: 'tailrace', format: 'text' }
  const id = { arrival: timestamp, id_random: 1n, id_index: 1, id_raw: null }
  const found = { level: 'INFO', request_id: 'request', trace_id: 'trace', extra: '{}' }
  const fields = { keys: ['status', 'path'], values: ['200', '/'] }
  const builder = new LogFileBuilder(new BufferPool(0))
  builder.push(bare)
  builder.push({ ...bare, ...id, ...found, message: '{"status":200,"path":"/"}', format: 'json', fields })
  const body = builder.finish(runtimeCodec(), {})
  const path = join(folder, 'others.parquet')
  await writeFile(path, body)
  const { length: bytes } = body
  return { path, kind: 'landing', bytes, uncompressedBytes: bytes, rows: builder.rows, isPartial: false }
}
