/** Folds, reads and lists a ledger of very many streams, for a test that gives it little memory: `<streams> <at most>`. */
import { gzipSync } from 'node:zlib'
import { foldLedger, ledgerProperty, readCatalogue, readGroupNames, readLedger } from '../../shared/lake/ledger.js'
import { newLogTable } from '../../shared/lake/log-table.js'
import { memoryStore } from '../../shared/store/memory.js'

const [streams = 0, ofAll = 0] = process.argv.slice(2).map(Number)
const groups = 1_000
const store = memoryStore()

const entry = (group: number, stream: string, rows: number) => {
  const name = `2026/11/22/[$LATEST]${stream.padStart(32, '0')}`
  return ['123456789012', `/aws/lambda/service-${group}`, name, 1.7e12, 1.7e12 + rows, rows, 100 * rows]
}

// Several members of gzip are one file, so that writing it takes no memory either.
const members = Array.from({ length: groups }, (_, group) => {
  const own = Array.from({ length: streams / groups }, (_, at) =>
    JSON.stringify(entry(group, `${group}-${at}`, at + 1)),
  )
  return gzipSync(`${group === 0 ? '{"version":1,"streams":[' : ','}${own.join(',')}`)
})
await store.put('ledger/all.json.gz', Buffer.concat([...members, gzipSync('],"hours":[]}')]))
const mixed = Array.from({ length: 9 }, (_, part) => `ledger/mixed-${part}.json.gz`)
for (const [part, key] of mixed.entries()) {
  const recent = Array.from({ length: groups }, (_, group) => entry(group, `new-${part}`, 1_000_000))
  await store.put(key, gzipSync(JSON.stringify({ version: 1, streams: recent, hours: [] })))
}
const parts = [{ key: 'ledger/all.json.gz', day: null }, ...mixed.map(key => ({ key }))]
const ledger = { version: 1, recent: { streams: [], hours: [] }, parts, metrics: [] }
await store.put('ledger/whole.json.gz', gzipSync(JSON.stringify(ledger)))
const tableOf = (key: string) => ({
  ...newLogTable('s3://lake/table', 'u', new Date(0)),
  properties: { [ledgerProperty]: key },
})

const whole = tableOf('ledger/whole.json.gz')
const names = await readGroupNames(whole, store)
let ids = 0
const options = { newId: () => String(++ids), limits: { ofGroup: 10_000, ofAll } }
const folded = await foldLedger(store, await readLedger(whole, store), Date.now(), options)
const catalogue = await readCatalogue(tableOf(folded!), store)
const kept = catalogue.map(group => group.streams.length)
console.log(
  JSON.stringify({
    names: names.size,
    kept: [Math.min(...kept), Math.max(...kept)],
    rows: catalogue.reduce((sum, { rows }) => sum + rows, 0),
    oldest: Math.min(...catalogue.map(group => Math.min(...group.streams.map(({ rows }) => rows)))),
  }),
)
