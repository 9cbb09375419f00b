import { existsSync, readdirSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { S3Client } from '@aws-sdk/client-s3'
import { parseLandingKey } from '../shared/lake/landing-key.js'
import { diskStore } from '../shared/store/disk.js'
import type { ObjectStore } from '../shared/store/object-store.js'
import { s3Store } from '../shared/store/s3.js'

export { readTime } from './times.js'

/** The lake of that name; without one that of the one-machine system. Throws when there is none. */
export function openLake(place: string | undefined): ObjectStore {
  const [, bucket, prefix = ''] = /^s3:\/\/([^/]+)\/?(.*)$/.exec(place ?? '') ?? []
  if (bucket === undefined) return diskStore(place === undefined ? localLake('.tailrace') : existing(place))
  const forcePathStyle = process.env.AWS_ENDPOINT_URL !== undefined || process.env.AWS_ENDPOINT_URL_S3 !== undefined
  const root = prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`
  return s3Store({ client: new S3Client({ forcePathStyle }), bucket, prefix: root })
}

function existing(directory: string): string {
  if (!existsSync(directory)) throw new Error(`there is no directory ${directory}`)
  return directory
}

/** The main bucket of the one-machine system: the one that has landing objects. */
function localLake(data: string): string {
  const buckets = join(data, 's3')
  const found = existsSync(buckets)
    ? readdirSync(buckets).filter(name => existsSync(join(buckets, name, 'landing')))
    : []
  if (found.length === 1) return join(buckets, found[0]!)
  const problem = found.length === 0 ? 'holds no landing objects' : `holds several lakes: ${found.join(', ')}`
  throw new Error(`${buckets} ${problem}; name the lake with --lake`)
}

/** Event times in ms, both inclusive; null for no bound. */
export interface Times {
  readonly from: number | null
  readonly to: number | null
}

export interface LandingFiles {
  readonly paths: readonly string[]
  readonly bytes: number
  remove(): Promise<void>
}

/** How many objects are fetched at a time. */
const fetches = 16

/**
 * Copies of the landing objects that can hold events of these times, as their keys tell, in a folder of their own.
 *
 * @param onProgress called with the number and bytes of the objects so far
 */
export async function fetchLandingFiles(
  lake: ObjectStore,
  { from, to }: Times,
  onProgress: (objects: number, bytes: number) => void,
): Promise<LandingFiles> {
  const folder = await mkdtemp(join(tmpdir(), 'tailrace-query-'))
  const remove = () => rm(folder, { recursive: true, force: true })
  const paths: string[] = []
  let bytes = 0
  const fetchOne = async (key: string) => {
    const path = join(folder, `${paths.length}.parquet`)
    paths.push(path)
    const { body } = await lake.get(key)
    await writeFile(path, body)
    bytes += body.length
    onProgress(paths.length, bytes)
  }
  try {
    let batch: Promise<void>[] = []
    for await (const { key } of lake.list('landing/')) {
      const times = parseLandingKey(key)
      if (times === null || (from !== null && times.maxTimestamp < from) || (to !== null && times.minTimestamp > to))
        continue
      batch.push(fetchOne(key))
      if (batch.length === fetches) {
        await Promise.all(batch)
        batch = []
      }
    }
    await Promise.all(batch)
    return { paths, bytes, remove }
  } catch (error) {
    await remove()
    throw error
  }
}
