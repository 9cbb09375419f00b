import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Trino } from './obtain.js'

/** The S3 that Trino reads tables from and keeps its own catalogue in. */
export interface TrinoStorage {
  readonly url: string
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** `s3://bucket/prefix` for the catalogue, which says where the tables are. */
  readonly catalog: string
}

type Properties = Readonly<Record<string, string | number | boolean>>

/** Memory of the Java heap; a query may take half of it. */
const heapMb = 1536

/** Writes the settings of a server of one node that listens to this machine alone; gives the arguments of `java`. */
export async function configure(
  trino: Trino,
  storage: TrinoStorage,
  folder: string,
  port: number,
): Promise<readonly string[]> {
  const catalogs = join(folder, 'catalog')
  await mkdir(catalogs, { recursive: true })
  await write(join(folder, 'config.properties'), {
    coordinator: true,
    'node-scheduler.include-coordinator': true,
    'http-server.http.port': port,
    'discovery.uri': `http://127.0.0.1:${port}`,
    'web-ui.enabled': false,
    'query.max-memory': '512MB',
    'query.max-memory-per-node': '512MB',
    'memory.heap-headroom-per-node': '256MB',
    'query.max-length': 10_000_000,
    // Two threads suffice for what fits in one small file.
    'task.concurrency': 2,
    'query.max-history': 10,
    'catalog.config-dir': catalogs,
    'plugin.dir': join(trino.folder, 'plugin'),
    'node.environment': 'tailrace',
    'node.id': 'tailrace',
    'node.bind-ip': '127.0.0.1',
    'node.internal-address': '127.0.0.1',
  })
  await write(join(folder, 'log.properties'), { io: 'WARN', org: 'ERROR' })
  await write(join(catalogs, 'lake.properties'), {
    'connector.name': 'iceberg',
    'iceberg.catalog.type': 'TESTING_FILE_METASTORE',
    'iceberg.register-table-procedure.enabled': true,
    'hive.metastore.catalog.dir': storage.catalog,
    'fs.native-s3.enabled': true,
    's3.endpoint': storage.url,
    's3.region': storage.region,
    's3.path-style-access': true,
    's3.aws-access-key': storage.accessKeyId,
    's3.aws-secret-key': storage.secretAccessKey,
  })
  return [
    `-Xmx${heapMb}M`,
    '-Xms512M',
    '-XX:+UseG1GC',
    '-XX:+ExitOnOutOfMemoryError',
    '-XX:-OmitStackTraceInFastThrow',
    '-XX:ReservedCodeCacheSize=256M',
    '-XX:+EnableDynamicAgentLoading',
    '-Djdk.attach.allowAttachSelf=true',
    '-Dfile.encoding=UTF-8',
    '--add-modules=jdk.incubator.vector',
    // Java 24 warns of what Trino does without being asked, and later ones refuse it.
    '--enable-native-access=ALL-UNNAMED',
    '--sun-misc-unsafe-memory-access=allow',
    `-Dconfig=${join(folder, 'config.properties')}`,
    `-Dlog.levels-file=${join(folder, 'log.properties')}`,
    '-cp',
    join(trino.folder, 'lib', '*'),
    'io.trino.server.TrinoServer',
  ]
}

async function write(path: string, properties: Properties): Promise<void> {
  const lines = Object.entries(properties).map(([name, value]) => `${name}=${value}\n`)
  await writeFile(path, lines.join(''))
}
