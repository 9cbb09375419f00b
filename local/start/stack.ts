import { join } from 'node:path'
import { type FunctionEnvironment, readEnvironment } from '../../shared/config/environment.js'
import { diskStore } from '../../shared/store/disk.js'
import { startEndpoint } from '../endpoint.js'
import { PortInUse } from '../errors.js'
import { type LambdaFunction, startFunction } from '../lambda/lambda-function.js'
import { findNode, type NodeBinary } from '../lambda/node-binary.js'
import { startScheduler } from '../scheduler.js'
import { lambdaService } from '../services/lambda.js'
import { diskBuckets } from '../services/s3/buckets.js'
import { s3Service } from '../services/s3/s3-service.js'
import { localSecret } from '../signature.js'
import { functionsOf } from '../template/functions.js'
import { templateResolver } from '../template/resolver.js'
import { schedulesOf } from '../template/schedules.js'
import { claimDataFolder, clearDataFolder, openDataFolder } from './data-folder.js'
import { StartFailed } from './errors.js'
import type { PackagedStack } from './package-functions.js'

export const accountId = '123456789012'
export const region = 'us-east-1'

/** The stack at work: its functions behind the endpoint, its buckets in a folder. */
export interface RunningStack {
  readonly url: string
  readonly ingest: LambdaFunction
  readonly node: NodeBinary
  /** What the ingest function is told: its buckets and where in them. */
  readonly environment: FunctionEnvironment
  /** Where the objects of a bucket are, as files. */
  folderOf(bucket: string): string
  /** From now on the functions that need nothing but S3 run when their schedules say so. */
  startSchedules(): void
  close(): Promise<void>
}

export interface StackOptions {
  readonly root: string
  readonly data: string
  readonly port: number
  readonly reset: boolean
  readonly packaged: PackagedStack
  /** Told of the bugs of the endpoint. */
  readonly onError: (error: unknown) => void
}

/** @throws StartFailed when the port or the data folder cannot be had */
export async function startStack({ root, data, port, reset, packaged, onError }: StackOptions): Promise<RunningStack> {
  const resolver = templateResolver(packaged.template, { name: packaged.name, region, accountId })
  const definitions = functionsOf(resolver)
  const folderOf = (bucket: string) => join(data, 's3', bucket)
  const buckets = diskBuckets(join(data, 's3'), () => new Date())
  const functions = new Map<string, LambdaFunction>()
  // The port comes first: whoever has it may be using the data.
  const services = [lambdaService({ functions }), s3Service({ buckets, region, onError })]
  const endpoint = await startEndpoint({ port, services, onError }).catch(error => {
    throw error instanceof PortInUse ? portInUse(port, error) : error
  })
  let release = async () => {}
  let scheduler: { stop(): void } | undefined
  const close = async () => {
    scheduler?.stop()
    await Promise.all([...functions.values()].map(lambda => lambda.close()))
    await endpoint.close()
    await release()
  }
  try {
    if (reset) await clearDataFolder(data)
    await openDataFolder(data)
    release = await claimDataFolder(data)
    for (const [id] of resolver.resourcesOf('AWS::S3::Bucket')) {
      if (id !== deploymentBucket) await buckets.create(String(resolver.resolve({ Ref: id }, id)))
    }
    const node = await findNode(root)
    for (const definition of definitions) {
      const { onFailureBucket } = definition.asynchronous
      const lambda = await startFunction({
        definition,
        package: join(packaged.folder, definition.package),
        node: node.path,
        variables: {
          AWS_REGION: region,
          AWS_DEFAULT_REGION: region,
          AWS_ACCESS_KEY_ID: 'test',
          AWS_SECRET_ACCESS_KEY: localSecret,
          AWS_ENDPOINT_URL: endpoint.url,
        },
        ...(onFailureBucket !== undefined && { failures: diskStore(folderOf(onFailureBucket)) }),
      })
      functions.set(definition.name, lambda)
    }
    const ingest = [...functions.values()].find(({ definition }) => definition.package === 'ingest.zip')
    if (ingest === undefined) throw new StartFailed('The packaged template has no ingest function. Package it again.')
    const environment = readEnvironment({ ...ingest.definition.environment, AWS_REGION: region })
    const startSchedules = () => {
      const scheduled = [...functions].filter(([, { definition }]) => scheduledHere.has(definition.package))
      scheduler ??= startScheduler(schedulesOf(resolver), new Map(scheduled), Date.now)
    }
    return { url: endpoint.url, ingest, node, environment, folderOf, startSchedules, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** The other scheduled functions are about the log groups of an account. */
const scheduledHere: ReadonlySet<string> = new Set(['commit.zip', 'compact.zip', 'replay.zip'])

/** Serverless's own, which only a deployment needs. */
const deploymentBucket = 'ServerlessDeploymentBucket'

function portInUse(port: number, cause: unknown): StartFailed {
  return new StartFailed(
    `Port ${port} on 127.0.0.1 is in use by another program, perhaps another \`npm start\`. Stop it, or choose another port with --port ${port + 1}; --port 0 takes any free one.`,
    { cause },
  )
}
