/**
 * Plans an account without waiting for the service's pace: what is left is the job's own time. What it learns it keeps in
 * a directory for the next run. `tsx large-run.ts URL DIRECTORY` prints what it took as JSON.
 */
import { writeState } from '../../../shared/jobs/job-state.js'
import { subscribeOperations } from '../../../shared/jobs/subscribe/logs-operations.js'
import { planPages } from '../../../shared/jobs/subscribe/plan-subscribe.js'
import { readSubscribeState, storable, subscribeStateKey } from '../../../shared/jobs/subscribe/subscribe-state.js'
import { fingerprint } from '../../../shared/jobs/subscribe/wanted-filter.js'
import { diskStore } from '../../../shared/store/disk.js'
import { clientOn, impatientCaller } from '../../helpers/logs-server/client.js'
import { everything, ingestArn, stack } from './subscribe-world.js'

const client = clientOn(process.argv[2]!)
const store = diskStore(process.argv[3]!)
const counted = { DescribeLogGroups: 0, others: 0 }
client.middlewareStack.add(
  (next, { commandName }) =>
    args => {
      if (commandName === 'DescribeLogGroupsCommand') counted.DescribeLogGroups++
      else counted.others++
      return next(args)
    },
  { step: 'initialize' },
)
const now = () => Date.UTC(2026, 0, 15)

const started = process.cpuUsage()
const { state, etag } = await readSubscribeState(store)
const counts = { groups: 0, kept: 0, left: 0 }
let steps = 0
let mostRss = 0
const options = {
  stack,
  settings: everything,
  destination: { arn: ingestArn, roleArn: null },
  isSampled: () => false,
  state,
  now,
}
const { call } = impatientCaller(client)
for await (const page of planPages({ ...options, logs: subscribeOperations(call), callsOnGroups: 3_000 }, counts)) {
  steps += page.steps.length
  mostRss = Math.max(mostRss, process.memoryUsage.rss())
  for (const step of page.steps) {
    if (step.action !== 'put-subscription-filter') continue
    const filter = fingerprint(step.filter, false)
    const known = { created: step.created, filter, isPending: false, verified: now(), settings: '', since: now() }
    state.groups.set(step.target, { ...known, pass: state.pass })
  }
}
await writeState(store, subscribeStateKey, storable(state), etag)
mostRss = Math.max(mostRss, process.memoryUsage.rss())
const { user, system } = process.cpuUsage(started)
const line = { ...counts, steps, ...counted, ownSeconds: (user + system) / 1e6, rssMb: mostRss / 1e6 }
process.stdout.write(`${JSON.stringify(line)}\n`)
client.destroy()
