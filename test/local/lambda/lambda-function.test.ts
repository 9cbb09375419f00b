import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { InvocationRefused, PackageUnreadable } from '../../../local/lambda/errors.js'
import { startFunction } from '../../../local/lambda/lambda-function.js'
import { memoryStore } from '../../../shared/store/memory.js'
import { closeAll, definition, functionOf } from './function-under-test.js'

const uuid = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}'

/** Handlers that say which process ran them. */
const pidHandler = 'export const handler = async () => process.pid'

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

afterEach(closeAll)

describe('a function on one machine', () => {
  it('gets its event, its context and its environment, and nothing of ours', async () => {
    const { call } = await functionOf(`
      export const handler = async (event, context) => ({
        event,
        context: { ...context, left: context.getRemainingTimeInMillis() },
        variables: process.env,
      })`)
    const { error, payload } = await call({ a: [1, 'ü'] })
    expect(error).toBeUndefined()
    const { event, context, variables } = payload as Record<string, Record<string, unknown>>
    expect(event).toEqual({ a: [1, 'ü'] })
    expect(context).toEqual({
      awsRequestId: expect.stringMatching(`^${uuid}$`),
      functionName: 'demo-worker',
      functionVersion: '$LATEST',
      memoryLimitInMB: '256',
      invokedFunctionArn: definition.arn,
      logGroupName: '/aws/lambda/demo-worker',
      logStreamName: expect.stringMatching(/^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/),
      callbackWaitsForEmptyEventLoop: true,
      left: expect.any(Number),
    })
    expect(context!.left).toBeGreaterThan(4_000)
    expect(context!.left).toBeLessThanOrEqual(5_000)
    expect(variables).toMatchObject({ GREETING: 'hello', AWS_REGION: 'us-east-1', _HANDLER: 'index.handler' })
    expect(variables).not.toHaveProperty('VITEST')
    expect(variables).not.toHaveProperty('USER')
  })

  it('keeps its process, which is initialised once, for the next invocation', async () => {
    const { call } = await functionOf('let calls = 0; export const handler = async () => [++calls, process.pid]')
    const first = await call({})
    const second = await call({})
    expect([first.payload, second.payload].map(payload => (payload as number[])[0])).toEqual([1, 2])
    expect((first.payload as number[])[1]).toBe((second.payload as number[])[1])
    expect(first.log).toMatch(/Init Duration: \d+\.\d\d ms/)
    expect(second.log).not.toContain('Init Duration')
  })

  it('logs as Lambda does, whatever the process printed, with its answer', async () => {
    const { call, logs } = await functionOf(`
      console.log('loading')
      export const handler = async () => {
        console.warn('two\\nlines', { a: 1 })
        process.stdout.write('{"raw":true}\\n')
        process.stderr.write('no end of line')
        return undefined
      }`)
    const { payload, log } = await call({})
    expect(payload).toBeNull()
    const requestId = new RegExp(uuid).exec(log)![0]
    const time = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`
    const lines = log.split('\n')
    expect(lines).toHaveLength(8)
    expect(lines[0]).toBe('INIT_START Runtime Version: nodejs24.x')
    expect(lines[1]).toMatch(new RegExp(`^${time}\tundefined\tINFO\tloading$`))
    expect(lines[2]).toBe(`START RequestId: ${requestId} Version: $LATEST`)
    expect(lines[3]).toMatch(new RegExp(`^${time}\t${requestId}\tWARN\ttwo\rlines \\{ a: 1 \\}$`))
    expect(lines.slice(4, 7)).toEqual(['{"raw":true}', 'no end of line', `END RequestId: ${requestId}`])
    expect(lines[7]).toMatch(
      new RegExp(
        `^REPORT RequestId: ${requestId}\tDuration: [0-9.]+ ms\tBilled Duration: \\d+ ms\tMemory Size: 256 MB\tMax Memory Used: \\d+ MB\tInit Duration: [0-9.]+ ms\t$`,
      ),
    )
    expect(logs).toEqual([{ logGroup: '/aws/lambda/demo-worker', logStream: expect.any(String), lines }])
  })

  it('says what a handler threw, and goes on in the same process', async () => {
    const { call } = await functionOf(`
      export const handler = async event => {
        if (event.ok) return process.pid
        throw Object.assign(new TypeError('not like this'), { pid: process.pid })
      }`)
    const before = await call({ ok: true })
    const { error, payload, log } = await call({})
    expect(error).toBe('Unhandled')
    expect(payload).toEqual({ errorType: 'TypeError', errorMessage: 'not like this', trace: expect.any(Array) })
    expect(log).toContain('\tERROR\tInvoke Error {"errorType":"TypeError"')
    expect((await call({ ok: true })).payload).toBe(before.payload)
  })

  it('ends an invocation that takes too long, with its process', async () => {
    const { call } = await functionOf(
      `export const handler = event => event.pid ? process.pid : new Promise(() => setInterval(() => {}, 50))`,
      { timeoutSeconds: 1 },
    )
    const pid = (await call({ pid: true })).payload as number
    const { error, payload, log } = await call({})
    expect(error).toBe('Unhandled')
    expect(payload).toEqual({
      errorType: 'Sandbox.Timedout',
      errorMessage: expect.stringMatching(`^RequestId: ${uuid} Error: Task timed out after 1.00 seconds$`),
    })
    expect(log).toMatch(/Task timed out after 1\.00 seconds\nEND RequestId: \S+\nREPORT .*\tDuration: [1-9]\d{3}\./)
    expect(isRunning(pid)).toBe(false)
    expect((await call({ pid: true })).payload).not.toBe(pid)
  })

  it('ends a process whose event loop is blocked', async () => {
    const { call } = await functionOf('export const handler = () => { for (;;); }', { timeoutSeconds: 1 })
    expect((await call({})).payload).toMatchObject({ errorType: 'Sandbox.Timedout' })
  })

  it('kills a process that takes more memory than it has', async () => {
    const { call } = await functionOf(
      `export const handler = async () => {
        const kept = []
        for (;;) {
          kept.push(Buffer.alloc(8 * 1024 * 1024, 1))
          await new Promise(resolve => setTimeout(resolve, 5))
        }
      }`,
    )
    const { error, payload, log } = await call({})
    expect(error).toBe('Unhandled')
    expect(payload).toEqual({
      errorType: 'Runtime.ExitError',
      errorMessage: expect.stringMatching(`^RequestId: ${uuid} Error: Runtime exited with error: signal: killed$`),
    })
    expect(log).toContain('Memory Size: 256 MB\tMax Memory Used: 256 MB')
  })

  it.each([
    ['throws', "throw new RangeError('no configuration')", 'RangeError', 'no configuration'],
    ['exits', 'process.exit(3)', 'Runtime.ExitError', 'Runtime exited with error: exit status 3'],
    [
      'has no handler',
      'export const other = 1',
      'Runtime.HandlerNotFound',
      'index.handler is undefined or not exported',
    ],
  ])('says what happened when a module %s while loading, each time', async (_, source, errorType, message) => {
    const { call } = await functionOf(source)
    for (const _try of [1, 2]) {
      const { error, payload } = await call({})
      expect(error).toBe('Unhandled')
      expect(payload).toMatchObject({ errorType, errorMessage: expect.stringContaining(message) })
    }
  })

  it('reports an error that nobody caught, and starts anew after it', async () => {
    const { call } = await functionOf(`
      export const handler = event => event.ok ? process.pid : new Promise(() => setTimeout(() => { throw new Error('late') }, 5))`)
    const before = await call({ ok: true })
    expect((await call({})).payload).toMatchObject({ errorType: 'Error', errorMessage: 'late' })
    const after = await call({ ok: true })
    expect(after.error).toBeUndefined()
    expect(after.payload).not.toBe(before.payload)
  })

  it('runs as many invocations at a time as are allowed, each in a process of its own, and the rest in turn', async () => {
    const { call } = await functionOf(`
      let running = 0
      export const handler = async event => {
        running++
        await new Promise(resolve => setTimeout(resolve, 200))
        return { event, pid: process.pid, running: running-- }
      }`)
    const answers = await Promise.all([1, 2, 3, 4, 5].map(call))
    const results = answers.map(({ payload }) => payload as { event: number; pid: number; running: number })
    expect(results.map(({ event }) => event)).toEqual([1, 2, 3, 4, 5])
    expect(results.map(({ running }) => running)).toEqual([1, 1, 1, 1, 1])
    expect(new Set(results.map(({ pid }) => pid)).size).toBe(2)
  })

  it('refuses what Lambda refuses', async () => {
    const { invoke, enqueue } = await functionOf(pidHandler)
    const text = (bytes: number) => Buffer.from(`"${'a'.repeat(bytes - 2)}"`)
    expect(() => enqueue(text(2 ** 20 + 1))).toThrow(InvocationRefused)
    await expect(invoke(text(6 * 2 ** 20 + 1))).rejects.toMatchObject({ status: 413, code: 'RequestTooLargeException' })
    await expect(invoke(Buffer.from('{'))).rejects.toMatchObject({ status: 400 })
    expect(await invoke(text(6 * 2 ** 20))).toMatchObject({ functionError: undefined })
    expect(await enqueue(text(2 ** 20)).done).toMatchObject({ outcome: 'succeeded', attempts: 1 })
  })

  it('refuses an answer that is too large', async () => {
    const { call } = await functionOf('export const handler = async () => "a".repeat(6291556)')
    expect((await call({})).payload).toMatchObject({ errorType: 'Function.ResponseSizeTooLarge' })
  })

  it('says that a package is missing or no zip', async () => {
    const options = { definition, node: process.execPath, variables: {} }
    await expect(startFunction({ ...options, package: '/nowhere/worker.zip' })).rejects.toThrow(PackageUnreadable)
    const noZip = await startFunction({ ...options, package: import.meta.filename })
    await expect(noZip.invoke(Buffer.from('{}'))).rejects.toThrow(PackageUnreadable)
    await noZip.close()
  })
})

describe('an asynchronous invocation', () => {
  it('is tried again when it fails, with the same request id', async () => {
    const { enqueue } = await functionOf(`
      const seen = []
      export const handler = async (event, context) => {
        seen.push(context.awsRequestId)
        if (seen.length < 3) throw new Error('not yet')
        return seen
      }`)
    const { requestId, done } = enqueue(Buffer.from('{}'))
    const { attempts, outcome, last } = await done
    expect({ attempts, outcome }).toEqual({ attempts: 3, outcome: 'succeeded' })
    expect(JSON.parse(Buffer.from(last!.payload).toString())).toEqual([requestId, requestId, requestId])
  })

  it('is recorded in the bucket as Lambda does when it fails to the end', async () => {
    const failures = memoryStore()
    const { enqueue } = await functionOf(
      "export const handler = async () => { throw new Error('no') }",
      {},
      { failures },
    )
    const { requestId, done } = enqueue(Buffer.from('{"awslogs":{"data":"x"}}'))
    expect(await done).toMatchObject({ outcome: 'recorded', attempts: 3 })
    const keys: string[] = []
    for await (const { key } of failures.list('')) keys.push(key)
    expect(keys).toEqual([
      expect.stringMatching(
        new RegExp(
          `^aws/lambda/async/demo-worker/\\d{4}/\\d\\d/\\d\\d/\\d{4}-\\d\\d-\\d\\dT\\d\\d\\.\\d\\d\\.\\d\\d-${uuid}$`,
        ),
      ),
    ])
    const { body } = await failures.get(keys[0]!)
    expect(JSON.parse(Buffer.from(body).toString())).toEqual({
      version: '1.0',
      timestamp: expect.stringMatching(/Z$/),
      requestContext: {
        requestId,
        functionArn: `${definition.arn}:$LATEST`,
        condition: 'RetriesExhausted',
        approximateInvokeCount: 3,
      },
      requestPayload: { awslogs: { data: 'x' } },
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
      responsePayload: { errorType: 'Error', errorMessage: 'no', trace: expect.any(Array) },
    })
  })

  it('that waits when the function is stopped is recorded too', async () => {
    const failures = memoryStore()
    const { enqueue, close } = await functionOf(
      'export const handler = async event => { if (event) throw new Error("no") }',
      {},
      { failures, retryAfterMs: [60_000] },
    )
    const queued = [1, 2, 3, 4].map(event => enqueue(Buffer.from(String(event))).done)
    await close()
    const results = await Promise.all(queued)
    expect(results.map(({ outcome }) => outcome)).toEqual(['recorded', 'recorded', 'recorded', 'recorded'])
    const conditions: string[] = []
    for await (const { key } of failures.list('')) {
      const { body } = await failures.get(key)
      conditions.push(JSON.parse(Buffer.from(body).toString()).requestContext.condition)
    }
    expect(conditions).toEqual(Array(4).fill('EventAgeExceeded'))
  })

  it('says why its record could not be written', async () => {
    const failing = { head: () => Promise.reject(new Error('down')), put: () => Promise.reject(new Error('down')) }
    const { enqueue } = await functionOf('export const handler = () => { throw 1 }', {}, { failures: failing })
    expect(await enqueue(Buffer.from('1')).done).toMatchObject({
      outcome: 'lost',
      attempts: 3,
      destinationError: new Error('down'),
    })
  })
})

describe('the processes of a function', () => {
  const blocking = `
    import { writeFileSync } from 'node:fs'
    export const handler = event => {
      writeFileSync(event, String(process.pid))
      for (;;);
    }`
  let scratch: string
  let pidFile: string
  beforeEach(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'tailrace-processes-'))
    pidFile = join(scratch, 'pid')
    vi.stubEnv('TMPDIR', scratch)
  })
  afterEach(async () => {
    vi.unstubAllEnvs()
    await rm(scratch, { recursive: true })
  })

  it('are gone when it is closed, and so are its files', async () => {
    const { call, invoke, close } = await functionOf(blocking.replace('for (;;);', 'return new Promise(() => {})'))
    const running = invoke(Buffer.from(JSON.stringify(pidFile)))
    const pid = await pidFrom(pidFile)
    await close()
    expect((await running).functionError).toBe('Unhandled')
    expect(isRunning(pid)).toBe(false)
    await expect(call({})).rejects.toMatchObject({ status: 503 })
    expect(readdirSync(scratch).filter(name => name.startsWith('tailrace-lambda-'))).toEqual([])
  })

  it('die with a runner that is killed, even in the middle of a loop', async () => {
    const runner = spawn(process.execPath, ['--import', 'tsx', join(import.meta.dirname, 'runner.ts')], {
      env: { ...process.env, RUNNER_SOURCE: blocking, RUNNER_EVENT: JSON.stringify(pidFile) },
      stdio: 'ignore',
    })
    const pid = await pidFrom(pidFile)
    expect(isRunning(pid)).toBe(true)
    runner.kill('SIGKILL')
    await once(runner, 'exit')
    for (let tries = 0; tries < 100 && isRunning(pid); tries++) await sleep(20)
    expect(isRunning(pid)).toBe(false)
  })
})

async function pidFrom(file: string): Promise<number> {
  for (;;) {
    const text = await readFile(file, 'utf8').catch(() => '')
    if (text !== '') return Number(text)
    await sleep(20)
  }
}
