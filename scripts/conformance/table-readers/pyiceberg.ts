import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { TableSite } from '../table-site.js'
import { columnsOf, mapText, type TextRow } from '../table-values.js'
import type { TableReader } from './table-reader.js'

/** Says its version; then reads the table of each line that it is given. */
const script = `
import datetime, json, sys
import pyiceberg
from pyiceberg.table import StaticTable
epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
def plain(value):
    if isinstance(value, datetime.datetime):
        return str((value - epoch) // datetime.timedelta(microseconds=1))
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value
print(json.dumps(pyiceberg.__version__), flush=True)
for line in sys.stdin:
    asked = json.loads(line)
    table = StaticTable.from_metadata(asked['metadata'], asked['properties'])
    rows = table.scan().to_arrow().to_pylist()
    print(json.dumps([[plain(row[name]) for name in asked['columns']] for row in rows]), flush=True)
`

/** @throws when python3 has no pyiceberg and pyarrow */
export async function pyIcebergReader({ s3 }: TableSite): Promise<TableReader> {
  const python = spawn('python3', ['-W', 'ignore', '-c', script], { stdio: ['pipe', 'pipe', 'pipe'] })
  let said = ''
  python.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-4_000)
  })
  const ended = new Promise<void>(resolve => python.once('close', () => resolve()))
  const lines = createInterface({ input: python.stdout })[Symbol.asyncIterator]()
  const answer = async (): Promise<unknown> => {
    const { value, done } = await lines.next()
    if (!done) return JSON.parse(value)
    await ended
    throw new Error(`pyiceberg: ${said.trimEnd()}`)
  }
  const properties = {
    's3.endpoint': s3.url,
    's3.region': s3.region,
    's3.access-key-id': s3.accessKeyId,
    's3.secret-access-key': s3.secretAccessKey,
  }
  return {
    name: `PyIceberg ${await answer()}`,
    async rows(table) {
      const columns = columnsOf(table)
      const asked = { metadata: table.metadataLocation, properties, columns: columns.map(({ name }) => name) }
      python.stdin.write(`${JSON.stringify(asked)}\n`)
      return ((await answer()) as readonly unknown[][]).map(row => row.map(textOf))
    },
    async close() {
      python.stdin.end()
      await ended
    },
  }
}

/** A map comes as pairs. */
function textOf(value: unknown): TextRow[number] {
  if (value === null) return null
  return Array.isArray(value) ? mapText(value) : String(value)
}
