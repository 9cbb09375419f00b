/**
 * A stub of an account with many groups, as a process of its own: `tsx large-account.ts 65000`. Prints its URL. A fifth of
 * its calls about single groups, and one listing in 50, are throttled.
 */
import { throttled } from '../../helpers/logs-server/api-error.js'
import { startLogsServer } from '../../helpers/logs-server/server.js'

const server = await startLogsServer({ now: () => Date.UTC(2026, 0, 1) })
for (let at = 0; at < Number(process.argv[2]); at++) {
  server.world.addGroup(`/aws/lambda/team-${at % 97}/service-${String(at).padStart(6, '0')}`)
}
let calls = 0
server.before = operation => {
  server.calls.length = 0
  return ++calls % (operation === 'DescribeLogGroups' ? 50 : 5) === 0 ? throttled() : undefined
}
process.stdout.write(`${server.url}\n`)
