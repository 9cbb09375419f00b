import type { LogFormat } from '../format.js'
import { readMembers } from '../json-members.js'

/** Any message that is one JSON object and belongs to no narrower format. */
export const json: LogFormat = {
  name: 'json',
  looksLike: line => line.json() !== undefined,
  parse(line) {
    const object = line.json()
    return object === undefined ? undefined : readMembers(object)
  },
}
