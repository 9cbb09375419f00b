import { open, truncate } from 'node:fs/promises'

/**
 * What a process writes to its standard output and standard error, which is a file: writes to it are complete when the
 * process goes on, so that what an invocation has printed is there when its answer is.
 */
export interface OutputFile {
  /** The lines written since the last call. */
  read(): Promise<string[]>
}

/** The file starts again when it is longer than this, bytes; it is opened for appending. */
const maxKeptBytes = 2 ** 20

export function outputFile(path: string): OutputFile {
  let position = 0
  return {
    async read() {
      const file = await open(path, 'r')
      try {
        const { size } = await file.stat()
        const buffer = Buffer.alloc(size - position)
        await file.read(buffer, 0, buffer.length, position)
        position = size
        if (position > maxKeptBytes) {
          await truncate(path)
          position = 0
        }
        return buffer
          .toString('utf8')
          .split('\n')
          .filter(line => line !== '')
      } finally {
        await file.close()
      }
    },
  }
}
