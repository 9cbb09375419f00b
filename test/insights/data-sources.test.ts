import { expect, it } from 'vitest'
import { formats } from '../../shared/enrich/formats.js'
import { dataSources } from '../../shared/insights/data-sources.js'

it('data sources are formats that enrichment gives', () => {
  const names = formats.map(({ name }) => name)
  const unknown = [...dataSources].filter(([, { format }]) => !names.includes(format)).map(([source]) => source)
  expect(unknown).toEqual([])
})
