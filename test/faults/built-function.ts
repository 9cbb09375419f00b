import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { FunctionDefinition } from '../../local/lambda/function-definition.js'
import { findNode } from '../../local/lambda/node-binary.js'
import { unpack } from '../../local/lambda/unpack.js'
import { buildFunctions } from '../../scripts/build/build-functions.js'

/** The package of `ingest`, as it is deployed, and what runs it. */
export interface BuiltFunction {
  readonly zip: string
  /** The unpacked package. */
  readonly code: string
  readonly scratch: string
  readonly node: string
  remove(): Promise<void>
}

const root = resolve(import.meta.dirname, '../..')

export async function buildIngest(): Promise<BuiltFunction> {
  const folder = await mkdtemp(join(tmpdir(), 'tailrace-faults-'))
  const pipelineFile = join(import.meta.dirname, 'pipeline.yml')
  const { functions } = await buildFunctions({ root, outDir: join(folder, 'dist'), pipelineFile })
  const { zip } = functions.find(({ name }) => name === 'ingest')!
  const [code, scratch] = [join(folder, 'code'), join(folder, 'scratch')]
  await Promise.all([unpack(zip, code), mkdir(scratch)])
  const { path: node } = await findNode(root)
  return { zip, code, scratch, node, remove: () => rm(folder, { recursive: true, force: true }) }
}

/** The prefix of keys in the main bucket. */
export const prefix = 'lake/'

export function ingestDefinition(
  buckets: { readonly main: string; readonly raw: string },
  limits: Partial<Pick<FunctionDefinition, 'memoryMb' | 'timeoutSeconds'>>,
): FunctionDefinition {
  const name = 'tailrace-test-ingest'
  return {
    name,
    arn: `arn:aws:lambda:us-east-1:123456789012:function:${name}`,
    handler: 'index.handler',
    runtime: 'nodejs24.x',
    memoryMb: 512,
    timeoutSeconds: 60,
    ...limits,
    environment: {
      TAILRACE_BUCKET: buckets.main,
      TAILRACE_RAW_BUCKET: buckets.raw,
      TAILRACE_PREFIX: prefix,
      TAILRACE_STACK: 'tailrace-test',
      POWERTOOLS_SERVICE_NAME: name,
    },
    reservedConcurrency: undefined,
    package: 'ingest.zip',
    asynchronous: { maxRetries: 2, onFailureBucket: buckets.raw },
  }
}
