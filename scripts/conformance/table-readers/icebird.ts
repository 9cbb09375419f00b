import { readFileSync } from 'node:fs'
import { icebergRead } from 'icebird'
import type { ObjectStore } from '../../../shared/store/object-store.js'
import type { TableSite } from '../table-site.js'
import { type Column, columnsOf, mapText, type TextRow } from '../table-values.js'
import type { TableReader } from './table-reader.js'

export async function icebirdReader({ objects, s3 }: TableSite): Promise<TableReader> {
  const about = new URL('../../../node_modules/icebird/package.json', import.meta.url)
  return {
    name: `icebird ${JSON.parse(readFileSync(about, 'utf8')).version}`,
    async rows(table) {
      const columns = columnsOf(table)
      // It knows no S3 but Amazon's own.
      const origin = `https://${s3.bucket}.s3.amazonaws.com/`
      const rows = await whileFetching(origin, objects, () =>
        icebergRead({
          tableUrl: table.metadata.location,
          metadataFileName: table.metadataLocation.split('/').at(-1)!,
        }),
      )
      return rows.map(row => columns.map(column => textOf(row[column.name], column)))
    },
    close: async () => undefined,
  }
}

async function whileFetching<T>(origin: string, objects: ObjectStore, work: () => Promise<T>): Promise<T> {
  const before = globalThis.fetch
  globalThis.fetch = async (input, init) => {
    const url = String(input)
    if (!url.startsWith(origin)) return before(input, init)
    const [, start, end] = /^bytes=(\d+)-(\d+)$/.exec(new Headers(init?.headers).get('range') ?? '') ?? []
    const key = decodeURIComponent(url.slice(origin.length))
    const range = start === undefined ? {} : { range: { start: Number(start), end: Number(end) } }
    const { body } = await objects.get(key, range)
    return new Response(new Uint8Array(body), { status: start === undefined ? 200 : 206 })
  }
  try {
    return await work()
  } finally {
    globalThis.fetch = before
  }
}

function textOf(value: unknown, { kind }: Column): TextRow[number] {
  if (value === undefined || value === null) return null
  if (kind === 'map') return mapText(Object.entries(value as object))
  return kind === 'instant' ? String(BigInt((value as Date).getTime()) * 1_000n) : String(value)
}
