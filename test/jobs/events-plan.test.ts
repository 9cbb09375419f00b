import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { eventsPlan, inOrder } from '../../shared/jobs/events-plan.js'
import { answer, openLake, type TestLake } from '../engine/lake-of-files.js'
import { event, noon } from '../lake/landed.js'

describe('a plan for whole events in order', () => {
  let lake: TestLake
  beforeEach(async () => {
    lake = await openLake()
  })
  afterEach(() => lake.close())

  it('gives the oldest first, those of the same time in the order of their arrival and id', async () => {
    const at = (id: number, late: number, arrived = 500) =>
      event(id, { timestamp: noon + late, arrival: noon + late + arrived })
    await lake.land([at(3, 0), at(1, 1), at(5, 0), at(4, 0, 100), at(2, 1)], 'first')
    const { rows } = await answer(lake.engine(), inOrder(eventsPlan(null, { from: null, to: null })))
    expect(rows.map(row => row['@message'])).toEqual(['event 4', 'event 3', 'event 5', 'event 1', 'event 2'])
  })
})
