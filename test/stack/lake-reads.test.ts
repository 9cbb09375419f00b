import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { bundleFunction } from '../../scripts/build/bundle-function.js'
import { loadPipeline } from '../../shared/config/load.js'
import { openDuckDb } from '../../shared/engine/duckdb.js'
import { LocalParts } from '../../shared/engine/local-parts.js'
import { createQueryEngine } from '../../shared/engine/query-engine.js'
import { lakeReader } from '../../shared/lake/lake-reader.js'
import { settledCatalog } from '../../shared/lake/settled-catalog.js'
import type { ObjectStore } from '../../shared/store/object-store.js'
import { planOf } from '../engine/lake-of-files.js'
import { rowsOf } from '../lake/engine-reader.js'
import { lakeWorld } from '../lake/lake-world.js'
import { event, noon } from '../lake/landed.js'

const root = resolve(import.meta.dirname, '../..')

interface Statement {
  readonly Action: string | readonly string[]
  readonly Resource: string | readonly string[]
}

/** What a function's role lets it get, as patterns of keys below the main bucket's root. */
function readableTo(name: string): readonly string[] {
  const infra = (path: string) => parse(readFileSync(join(root, 'infra', path), 'utf8'), { logLevel: 'silent' })
  const [role] = /\w+Role/.exec(infra(`functions/${name}.yml`)[name].role)!
  const [policy] = infra(`${name}.yml`).Resources[role].Properties.Policies
  const statements: readonly Statement[] = policy.PolicyDocument.Statement
  const lake = '${MainBucket.Arn}/${param:prefix}'
  return statements
    .filter(({ Action }) => [Action].flat().includes('s3:GetObject'))
    .flatMap(({ Resource }) => Resource)
    .filter(resource => resource.startsWith(lake))
    .map(resource => resource.slice(lake.length))
}

function isReadable(key: string, patterns: readonly string[]): boolean {
  return patterns.some(each => (each.endsWith('*') ? key.startsWith(each.slice(0, -1)) : key === each))
}

/** Every key that a query asks for of a lake with a table, with landing that is not in it, and with objects set aside. */
async function keysOfQuery(folder: string): Promise<readonly string[]> {
  const world = await lakeWorld()
  const duckdb = await openDuckDb({ memoryLimitMb: 256, threads: 1 })
  try {
    await world.land([event(1)])
    await world.store.put(`landing/2026-01-15/${noon}-${noon}-${'a'.repeat(24)}.parquet`, new Uint8Array())
    await world.commit()
    await world.land([event(2)])
    const keys = new Set<string>()
    const store: ObjectStore = {
      ...world.store,
      get(...call) {
        keys.add(call[0])
        return world.store.get(...call)
      },
    }
    const { files: table, catalog: own } = world.through(store)
    const published = async () => null
    const catalog = settledCatalog({ store, glue: null, catalog: own, published, isReader: true })
    const parts = new LocalParts({ store, place: 'lake', folder, maxBytes: 1e8 })
    const reader = lakeReader({ store, catalog, table })
    const engine = createQueryEngine({ duckdb, reader, parts, maxScanBytes: null })
    expect(await rowsOf(engine, planOf('fields @message'))).toHaveLength(2)
    return [...keys]
  } finally {
    duckdb.close()
    await world.close()
  }
}

describe('what a query of the lake reads', () => {
  let folder: string
  let keys: readonly string[]
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tailrace-reads-'))
    keys = await keysOfQuery(folder)
  })
  afterAll(() => rm(folder, { recursive: true }))

  it('is the table, landing, and what the lake says of both', () => {
    const places = new Set(keys.map(key => key.replace(/^(state\/consumed|table|landing)\/.+/, '$1/')))
    expect([...places].sort()).toEqual([
      'landing/',
      'state/catalog.json',
      'state/consumed/',
      'state/set-aside.json',
      'table/',
    ])
  })

  it('is open to the role of every function that asks the lake', async () => {
    const { config: pipeline } = loadPipeline('version: 1\n')
    const names = readdirSync(join(root, 'functions')).flatMap(file => /^(\w+)\.ts$/.exec(file)?.[1] ?? [])
    const asking: string[] = []
    for (const name of names) {
      const { metafile } = await bundleFunction({ root, entry: `functions/${name}.ts`, pipeline: pipeline! })
      const inputs = Object.values(metafile.outputs).flatMap(({ inputs }) => Object.entries(inputs))
      const used = inputs.some(([path, { bytesInOutput }]) => path.endsWith('lake/lake-reader.ts') && bytesInOutput > 0)
      if (used) asking.push(name)
    }
    expect(asking.sort()).toEqual(['export', 'query', 'replay'])
    for (const name of asking) {
      const patterns = readableTo(name)
      expect(
        keys.filter(key => !isReadable(key, patterns)),
        name,
      ).toEqual([])
    }
  }, 120_000)
})
