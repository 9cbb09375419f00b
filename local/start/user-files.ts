import { FileUnreadable } from '../logs/errors.js'
import { batchesOf, fileEvents } from '../logs/file-events.js'
import { openLogFile } from '../logs/read-lines.js'
import { streamOfFile } from './arguments.js'
import { type Delivery, deliveriesOf } from './delivery.js'

export interface UserFilesOptions {
  readonly files: readonly string[]
  readonly accountId: string
  readonly logGroup: string
  /** Of all files; of each its name when undefined. */
  readonly logStream: string | undefined
  /** How far a file is read, 0 to 1. */
  readonly onProgress: (file: string, read: number) => void
  /** Told of a file that cannot be read, or not to its end; the others go on. */
  readonly onProblem: (problem: FileUnreadable) => void
}

/** The events of files as deliveries, read as they are asked for. */
export async function* userFileDeliveries(options: UserFilesOptions): AsyncGenerator<Delivery> {
  for (const file of options.files) {
    try {
      yield* deliveriesOfFile(file, options)
    } catch (error) {
      if (!(error instanceof FileUnreadable)) throw error
      options.onProblem(error)
    }
  }
}

async function* deliveriesOfFile(file: string, options: UserFilesOptions): AsyncGenerator<Delivery> {
  const { accountId, logGroup, onProgress } = options
  const opened = await openLogFile(file)
  const logStream = options.logStream ?? streamOfFile(file)
  for await (const logEvents of batchesOf(fileEvents(opened.lines(), opened.modified))) {
    onProgress(file, Math.min(1, opened.bytesRead() / opened.size))
    yield* deliveriesOf({ owner: accountId, logGroup, logStream, logEvents })
  }
}
