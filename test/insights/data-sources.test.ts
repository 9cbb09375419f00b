import { expect, it } from 'vitest'
import { duckDbEngine } from '../../scripts/conformance/duckdb-engine.js'
import { runInsightsCases } from '../../scripts/conformance/insights.js'
import { formats } from '../../shared/enrich/formats.js'
import { dataSources } from '../../shared/insights/data-sources.js'

it('data sources are formats that enrichment gives', () => {
  const names = formats.map(({ name }) => name)
  const unknown = [...dataSources].filter(([, { format }]) => !names.includes(format)).map(([source]) => source)
  expect(unknown).toEqual([])
})

it('tells events of CloudTrail by their category, those before version 1.07 by what they say of management', async () => {
  const event = { userIdentity: { type: 'Root' }, eventTime: '2025-01-15T10:00:00Z', eventSource: 's3.amazonaws.com' }
  const details = [
    { eventName: 'Old', eventVersion: '1.05' },
    { eventName: 'OldManagement', eventVersion: '1.06', managementEvent: true },
    { eventName: 'OldData', eventVersion: '1.06', managementEvent: false },
    { eventName: 'Management', eventVersion: '1.08', managementEvent: true, eventCategory: 'Management' },
    { eventName: 'Data', eventVersion: '1.08', managementEvent: false, eventCategory: 'Data' },
    { eventName: 'Network', eventVersion: '1.11', eventCategory: 'NetworkActivity' },
  ]
  const events = details.map((one, index) => {
    const message = JSON.stringify({ ...event, ...one })
    return { timestamp: 1_736_935_200_000 + index, logGroup: 'aws-cloudtrail-logs', logStream: 's', message }
  })
  const engine = await duckDbEngine()
  try {
    const namesOf = (sources: string, names: readonly string[]) => {
      const query = `SOURCE dataSource([${sources}]) | sort @timestamp | display eventName`
      return { id: sources, dataset: 'trail', query, ordered: true, expect: names.map(eventName => ({ eventName })) }
    }
    const cases = [
      namesOf("'aws_cloudtrail.management'", ['Old', 'OldManagement', 'Management']),
      namesOf("'aws_cloudtrail.data'", ['OldData', 'Data']),
    ]
    const results = await runInsightsCases({ trail: events }, cases, engine)
    expect(results.filter(({ outcome }) => outcome !== 'passed')).toEqual([])
  } finally {
    await engine.close()
  }
})
