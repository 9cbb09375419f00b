import { EngineFailed } from '../../shared/engine/errors.js'
import { isErrno } from '../../shared/store/errno.js'
import { StorageFull } from '../../shared/store/errors.js'
import { PackageUnreadable } from '../lambda/errors.js'
import { TemplateUnresolvable } from '../template/errors.js'
import { diskFull } from './data-folder.js'
import { StartFailed } from './errors.js'

/** What a person is told of a failure that is the world's; undefined for a bug, whose stack trace is wanted. */
export function explain(error: unknown, data: string): string | undefined {
  if (error instanceof StartFailed) return error.message
  if (error instanceof StorageFull) return diskFull(data, error).message
  if (isErrno(error, 'ENOSPC', 'EDQUOT')) {
    return `A disk is full: ${error.message}. Make room there, or point TMPDIR or --data to another disk, and start again.`
  }
  if (error instanceof PackageUnreadable) {
    return `A packaged function cannot be read (${error.message}). Delete dist/local and start again; it is built anew.`
  }
  if (error instanceof TemplateUnresolvable) {
    return `The packaged stack says something that cannot be worked out on one machine (${error.message}). Take it out of serverless.yml or infra/, or teach local/template/ what it means.`
  }
  if (error instanceof EngineFailed) {
    return `The landed objects below ${data} cannot be read (${error.message}). If a file there was changed by hand, delete it, or start with --reset.`
  }
  return undefined
}
