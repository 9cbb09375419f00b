import { gzipSync } from 'node:zlib'
import type { ObjectStore } from '../../shared/store/object-store.js'

export interface ExportedLine {
  readonly timestamp: number
  readonly message: string
}

/** Files as CreateExportTask leaves them: one folder a stream, `/` written as `-`, and the object that it tries with. */
export async function putExport(
  store: Pick<ObjectStore, 'put'>,
  prefix: string,
  streams: Readonly<Record<string, readonly (readonly ExportedLine[])[]>>,
): Promise<void> {
  await store.put(`${prefix}aws-logs-write-test`, Buffer.from('Permission Check Successful'))
  for (const [stream, files] of Object.entries(streams)) {
    for (const [index, lines] of files.entries()) {
      const name = `${String(index).padStart(6, '0')}.gz`
      await store.put(`${prefix}${stream.replaceAll('/', '-')}/${name}`, gzipSync(exportText(lines)))
    }
  }
}

function exportText(lines: readonly ExportedLine[]): string {
  return lines.map(({ timestamp, message }) => `${new Date(timestamp).toISOString()} ${message}\n`).join('')
}
