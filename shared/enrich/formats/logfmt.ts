/**
 * logfmt: `level=info ts=… msg="user created" id=7`. A line counts when it holds at least two pairs and they make up more
 * than half of it. Level, request id and trace id come from the pairs, by the names that JSON loggers use too.
 */
import type { LogFormat } from '../format.js'
import { readFlatMembers } from '../json-members.js'
import { readPairs } from './key-values.js'

export const logfmt: LogFormat = {
  name: 'logfmt',
  looksLike: ({ message }) => {
    const equals = message.indexOf('=')
    return equals > 0 && equals < 256 && message.indexOf('=', equals + 1) !== -1
  },
  parse: ({ message }) => {
    const { keys, values, covered, total } = readPairs(message, 0)
    if (keys.length < 2 || covered * 2 <= total) return undefined
    return { ...readFlatMembers(keys, values), fields: { keys, values } }
  },
}
