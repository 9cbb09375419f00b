/** What commit and compact write, read by icebird, which shares no code with us. */
import { icebergRead } from 'icebird'
import { expect, it } from 'vitest'
import { compact } from '../../shared/lake/compact.js'
import type { ObjectStore } from '../../shared/store/object-store.js'
import { serveStore } from '../iceberg/serve-store.js'
import { type LakeWorld, lakeWorld } from './lake-world.js'
import { event, exported, noon } from './landed.js'

it('reads the rows, promoted columns and odd names of commits and compactions', async () => {
  let world: LakeWorld
  const served = { get: (...call: Parameters<ObjectStore['get']>) => world.store.get(...call) } as ObjectStore
  const server = await serveStore(served)
  world = await lakeWorld({}, `${server.url}/table`)
  const promote = [{ field: 'status', column: 'status', type: 'long' }] as const
  const odd = "/a b%2F'é日本"
  const rows = async () => {
    const found = await icebergRead({ tableUrl: world.files.location })
    return found.map(row => [row.message, row.log_group, row.status ?? null, row.retention].join(' ')).sort()
  }
  try {
    await world.land([event(1, { message: '{"status":200}' }), exported({ log_group: odd, timestamp: noon - 1 })])
    await world.commit()
    await world.land([event(2, { message: '{"status":404}', timestamp: noon + 5, retention: 30 })])
    await world.commit({ ...world.deps, promote })
    const late = '{"status":404} /ecs/orders 404 30'
    expect(await rows()).toEqual([`GET / ${odd}  0`, '{"status":200} /ecs/orders  0', late])
    world.clock += 5 * 86_400_000
    await world.land([event(3, { timestamp: noon + 50 })])
    await world.commit()
    await compact({ ...world.deps, promote, retentionOf: () => 0 })
    const folded = ['{"status":200} /ecs/orders 200 0', '{"status":404} /ecs/orders 404 0']
    expect(await rows()).toEqual([`GET / ${odd}  0`, 'event 3 /ecs/orders  0', ...folded])
  } finally {
    server.close()
    await world.close()
  }
})
