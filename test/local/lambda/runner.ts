/** A process that invokes a function and waits for it; for tests that kill it. */
import { functionOf } from './function-under-test.js'

const { invoke } = await functionOf(process.env.RUNNER_SOURCE ?? '', { timeoutSeconds: 60 })
await invoke(Buffer.from(process.env.RUNNER_EVENT ?? ''))
