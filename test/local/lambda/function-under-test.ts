import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { FunctionDefinition } from '../../../local/lambda/function-definition.js'
import {
  type FunctionLog,
  type LambdaFunction,
  type LambdaFunctionOptions,
  startFunction,
} from '../../../local/lambda/lambda-function.js'
import { findNode } from '../../../local/lambda/node-binary.js'
import { zipFiles } from '../../../scripts/build/zip-files.js'

export interface FunctionUnderTest extends LambdaFunction {
  readonly logs: readonly FunctionLog[]
  /** The result or error of an invocation, parsed. */
  call(event: unknown): Promise<{ readonly error: string | undefined; readonly payload: unknown; readonly log: string }>
}

export const definition: FunctionDefinition = {
  name: 'demo-worker',
  arn: 'arn:aws:lambda:us-east-1:123456789012:function:demo-worker',
  handler: 'index.handler',
  runtime: 'nodejs24.x',
  memoryMb: 256,
  timeoutSeconds: 5,
  environment: { GREETING: 'hello' },
  reservedConcurrency: 2,
  package: 'worker.zip',
  asynchronous: { maxRetries: 2, onFailureBucket: 'raw' },
}

const started: (() => Promise<void>)[] = []

/** A function of this source, zipped and started. */
export async function functionOf(
  source: string,
  changes: Partial<FunctionDefinition> = {},
  options: Partial<LambdaFunctionOptions> = {},
): Promise<FunctionUnderTest> {
  const folder = await mkdtemp(join(tmpdir(), 'tailrace-function-'))
  const file = join(folder, 'worker.zip')
  await writeFile(file, zipFiles({ 'index.mjs': Buffer.from(source) }))
  const node = await findNode(resolve(import.meta.dirname, '../../..'))
  const logs: FunctionLog[] = []
  const lambda = await startFunction({
    definition: { ...definition, ...changes },
    package: file,
    node: node.path,
    variables: { AWS_REGION: 'us-east-1' },
    retryAfterMs: [20, 40],
    onLog: entry => logs.push(entry),
    ...options,
  })
  started.push(async () => {
    await lambda.close()
    await rm(folder, { recursive: true, force: true })
  })
  return {
    ...lambda,
    logs,
    async call(event) {
      const { functionError, payload, log } = await lambda.invoke(Buffer.from(JSON.stringify(event)))
      return {
        error: functionError,
        payload: JSON.parse(Buffer.from(payload).toString('utf8')),
        log: log.join('\n'),
      }
    },
  }
}

export async function closeAll(): Promise<void> {
  await Promise.all(started.splice(0).map(close => close()))
}
