import type { Answerer } from '../answerer.js'
import { countRange } from '../count-streams.js'
import type { Times } from '../lake.js'
import { clearProgress } from '../output/screen.js'
import { askFunction, tellStatus } from './ask-function.js'
import { queryFunction } from './query-function.js'
import { remoteGroups } from './remote-groups.js'

/**
 * Has the query function answer what a command asks.
 * @param times the range
 */
export function remoteAnswerer(name: string, times: Times, signal: AbortSignal): Answerer {
  const remote = queryFunction(name)
  const ask: Answerer['ask'] = async ({ query, times: range, groups = null }) => {
    const request = { action: 'start', query, ...range, logGroups: groups }
    const { rows } = await askFunction(remote, request, signal, tellStatus())
    clearProgress()
    return rows
  }
  return {
    ask,
    knownGroups: () => remoteGroups(remote, times, signal),
    allGroups: () => remoteGroups(remote, { from: null, to: null }, signal),
    countStreams: (range, groups) => countRange(ask, range, groups, 'stream'),
    countGroups: (range, groups) => countRange(ask, range, groups, 'group'),
  }
}
