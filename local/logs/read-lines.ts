import { createReadStream } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { isErrno } from '../../shared/store/errno.js'
import { FileUnreadable } from './errors.js'
import { recordsAsLines } from './json-records.js'

export interface LogFile {
  /** ms since the epoch */
  readonly modified: number
  /** Of the file as it is on the disk. */
  readonly size: number
  /** How many of `size` have been read. */
  bytesRead(): number
  /**
   * The lines without their ends (LF or CRLF), the longest of them in pieces; the records of a file that is one JSON
   * document of them.
   * @throws FileUnreadable when what comes is binary, or compressed and damaged
   */
  lines(): AsyncGenerator<string>
}

/** A longer line becomes several, bytes: what fits, in base64, into one delivery even when it does not compress. */
export const maxLineBytes = 256 * 1024

/**
 * Opens a text file, compressed with gzip or not, whatever its name.
 * @throws FileUnreadable
 */
export async function openLogFile(file: string): Promise<LogFile> {
  let handle: FileHandle | undefined
  try {
    handle = await open(file, 'r')
    const { size, mtimeMs, isFile } = await handle.stat().then(found => ({
      size: found.size,
      mtimeMs: found.mtimeMs,
      isFile: found.isFile(),
    }))
    if (!isFile) throw new FileUnreadable(file, 'is not a file')
    const { buffer } = await handle.read(Buffer.alloc(2), 0, 2, 0)
    const source = createReadStream(file)
    const isGzip = buffer[0] === 0x1f && buffer[1] === 0x8b
    return {
      modified: Math.floor(mtimeMs),
      size,
      bytesRead: () => source.bytesRead,
      lines: () => readLines(file, recordsAsLines(isGzip ? unzipped(source) : source)),
    }
  } catch (error) {
    if (isErrno(error, 'ENOENT')) throw new FileUnreadable(file, 'there is no such file', { cause: error })
    if (isErrno(error, 'EACCES', 'EPERM'))
      throw new FileUnreadable(file, 'reading it is not permitted', { cause: error })
    throw error
  } finally {
    await handle?.close()
  }
}

function unzipped(source: NodeJS.ReadableStream): AsyncIterable<Buffer> {
  const gunzip = createGunzip()
  // A failure shows in the gunzip stream, which is what is read.
  pipeline(source, gunzip).catch(() => undefined)
  return gunzip
}

async function* readLines(file: string, chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let pending: Buffer = Buffer.alloc(0)
  try {
    for await (const chunk of chunks) {
      if (chunk.includes(0)) throw new FileUnreadable(file, 'is binary (it has NUL bytes), not lines of text')
      let start = 0
      for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
        yield* pieces(withoutReturn(joined(pending, chunk.subarray(start, end))))
        pending = Buffer.alloc(0)
        start = end + 1
      }
      pending = joined(pending, chunk.subarray(start))
      while (pending.length > maxLineBytes) {
        const end = pieceEnd(pending, 0)
        yield pending.toString('utf8', 0, end)
        pending = pending.subarray(end)
      }
    }
  } catch (error) {
    if (isErrno(error, 'Z_DATA_ERROR', 'Z_BUF_ERROR')) {
      throw new FileUnreadable(file, `its gzip is damaged (${(error as Error).message})`, { cause: error })
    }
    if (isErrno(error, 'EISDIR', 'EIO')) throw new FileUnreadable(file, (error as Error).message, { cause: error })
    throw error
  }
  if (pending.length > 0) yield* pieces(pending)
}

function joined(before: Buffer, chunk: Buffer): Buffer {
  return before.length === 0 ? chunk : Buffer.concat([before, chunk])
}

function withoutReturn(line: Buffer): Buffer {
  return line.at(-1) === 13 ? line.subarray(0, -1) : line
}

function* pieces(line: Buffer): Generator<string> {
  for (let start = 0; ; ) {
    const end = pieceEnd(line, start)
    yield line.toString('utf8', start, end)
    if (end === line.length) return
    start = end
  }
}

/** Where a piece from `start` ends: not within a character of UTF-8. */
function pieceEnd(line: Buffer, start: number): number {
  let end = start + maxLineBytes
  if (end >= line.length) return line.length
  while (end > start + maxLineBytes - 4 && (line[end]! & 0xc0) === 0x80) end--
  return end
}
