import { CreateLogGroupCommand, CreateLogStreamCommand, PutLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadPipeline } from '../../shared/config/load.js'
import { exportOperations } from '../../shared/jobs/export-operations.js'
import { runExportQueue } from '../../shared/jobs/export-queue.js'
import { streamNames } from '../../shared/jobs/export-streams.js'
import { readExportFile } from '../../shared/jobs/import-lines.js'
import { memoryStore } from '../../shared/store/memory.js'
import { s3Store } from '../../shared/store/s3.js'
import { clientOn, impatientCaller } from '../helpers/logs-server/client.js'
import { hasMoto, type Moto, startMoto } from '../store/moto.js'

const hour = 3_600_000
const { exports } = loadPipeline('version: 1\nexports: [{ name: all, groups: "*", every: 1h, delay: 1h }]\n').config!

/** A server that is not ours. It names folders by another id than the task's, and writes times without milliseconds. */
if (hasMoto) {
  describe('exports on moto', () => {
    let moto: Moto
    beforeAll(async () => {
      moto = await startMoto()
    })
    afterAll(() => moto.close())

    it('are created, completed and readable: streams with slashes, messages of several lines', async () => {
      const client = clientOn(moto.url)
      const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
      const s3 = new S3Client({ endpoint: moto.url, region: 'us-east-1', forcePathStyle: true, credentials })
      await s3.send(new CreateBucketCommand({ Bucket: 'lake' }))
      await client.send(new CreateLogGroupCommand({ logGroupName: '/ecs/a' }))
      const logStreamName = 'web/app/1-2'
      await client.send(new CreateLogStreamCommand({ logGroupName: '/ecs/a', logStreamName }))
      const start = Math.floor(Date.now() / hour) * hour
      const logEvents = ['one', 'two\n  lines', 'three'].map((message, index) => ({
        timestamp: start + index * 1000,
        message,
      }))
      await client.send(new PutLogEventsCommand({ logGroupName: '/ecs/a', logStreamName, logEvents }))

      const api = exportOperations(impatientCaller(client).call)
      const rules = exports.filter(rule => rule.source === 'cloudwatch').map(rule => ({ ...rule, from: start }))
      // The group's creation is within this hour, so its first events come before the group itself.
      const describeLogGroups: typeof api.describeLogGroups = async (input, options) => {
        const page = await api.describeLogGroups(input, options)
        return { ...page, logGroups: page.logGroups?.map(group => ({ ...group, creationTime: start })) }
      }
      const report = await runExportQueue(
        { rules, isTimeUp: () => false },
        {
          api: { ...api, describeLogGroups },
          state: memoryStore(),
          bucket: 'lake',
          root: '',
          stack: 'tailrace-test',
          now: () => start + 2 * hour,
          sleep: async () => undefined,
        },
      )
      expect(report).toMatchObject({ groups: 1, created: 1, completed: 1, failed: 0, isDone: true })

      const store = s3Store({ client: s3, bucket: 'lake' })
      const files = []
      for await (const entry of store.list('exports/')) files.push(entry)
      const [file] = files.filter(({ key }) => key.endsWith('.gz'))
      expect(file!.key).toMatch(/^exports\/logs\/all\/~ecs~a\/[\d-]{10}\/[0-9a-f-]{36}\/web-app-1-2\/000000\.gz$/)
      const found = []
      for await (const event of readExportFile(store, file!, { from: start, to: start + hour })) found.push(event)
      expect(found).toEqual(logEvents)
      const names = streamNames({ logGroup: '/ecs/a', range: null, describeLogStreams: api.describeLogStreams })
      expect(await names.of('web-app-1-2')).toEqual({ name: logStreamName, found: 'listed' })
    })
  })
}
