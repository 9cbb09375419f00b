import { describe, expect, it } from 'vitest'
import { metricResources } from '../../scripts/build/metric-resources.js'
import { loadPipeline } from '../../shared/config/load.js'

const filters = `
metricFilters:
  - { name: errors, groups: "*", pattern: ERROR, metric: Errors, namespace: Shop, default: 0.5 }
  - { name: calls, groups: "*", pattern: "", metric: Calls, namespace: Shop }
  - { name: calls too, groups: "/b", pattern: B, metric: Calls, namespace: Shop }
  - { name: time, groups: "*", pattern: "{ $.ms = * }", metric: Time "ms", namespace: Shop, value: $.ms, dimensions: { By: $.by } }
`

function resourcesOf(alarms: string) {
  const { config, diagnostics } = loadPipeline(`version: 1\n${filters}\nalarms:\n${alarms}`)
  expect(diagnostics).toEqual([])
  return metricResources(config!)
}

function alarm(text: string): Record<string, unknown> {
  const { resources } = resourcesOf(`  - { name: a, ${text} }`)
  return (Object.values(resources)[0] as { Properties: Record<string, unknown> }).Properties
}

describe('the resource of an alarm', () => {
  it('compares the statistic of a metric with the threshold, M of N times', () => {
    expect(
      alarm('filter: calls, statistic: Sum, period: 5m, threshold: "<= 10", evaluate: 2 of 3, missing: breaching'),
    ).toEqual({
      AlarmName: { 'Fn::Sub': '${AWS::StackName}-a' },
      AlarmActions: [expect.objectContaining({ 'Fn::If': expect.anything() })],
      Namespace: 'Shop',
      MetricName: 'Calls',
      Dimensions: [],
      Statistic: 'Sum',
      Period: 300,
      EvaluationPeriods: 3,
      DatapointsToAlarm: 2,
      TreatMissingData: 'breaching',
      ComparisonOperator: 'LessThanOrEqualToThreshold',
      Threshold: 10,
    })
  })

  it('takes a percentile, dimensions and actions', () => {
    expect(
      alarm(
        'filter: time, dimensions: { By: x }, statistic: p99.9, threshold: "> 1.5e3", actions: ["arn:aws:sns:a:1:t"], okActions: ["arn:aws:sns:a:1:u"], description: d',
      ),
    ).toMatchObject({
      AlarmDescription: 'd',
      AlarmActions: ['arn:aws:sns:a:1:t'],
      OKActions: ['arn:aws:sns:a:1:u'],
      Dimensions: [{ Name: 'By', Value: 'x' }],
      ExtendedStatistic: 'p99.9',
      Threshold: 1500,
      EvaluationPeriods: 1,
      DatapointsToAlarm: 1,
      TreatMissingData: 'missing',
    })
  })

  it('reads the default value where events came in and none matched', () => {
    const properties = alarm('filter: errors, statistic: Average, threshold: "> 1"')
    expect(properties).not.toHaveProperty('MetricName')
    expect(properties.Metrics).toEqual([
      query('m', 'Errors', 'Average', false),
      query('i', 'Errors.ingested', 'Maximum', false),
      { Id: 'e', Expression: 'IF(FILL(i, 0) == 1, FILL(m, 0.5), m)', Label: 'Errors', ReturnData: true },
    ])
    expect(JSON.stringify(alarm('filter: errors, statistic: SampleCount, threshold: "> 1"'))).toContain('FILL(m, 1)')
  })

  it.each([
    ['band: 2', 'LessThanLowerOrGreaterThanUpperThreshold', 2],
    ['band: { width: 3.5, side: above }', 'GreaterThanUpperThreshold', 3.5],
    ['band: { width: 1, side: below }', 'LessThanLowerThreshold', 1],
  ])('watches a band: %s', (band, operator, width) => {
    const properties = alarm(`filter: calls, statistic: Sum, ${band}`)
    expect(properties).not.toHaveProperty('Threshold')
    expect(properties).toMatchObject({
      ComparisonOperator: operator,
      ThresholdMetricId: 'band',
      Metrics: [
        query('m', 'Calls', 'Sum', true),
        { Id: 'band', Expression: `ANOMALY_DETECTION_BAND(m, ${width})`, ReturnData: true },
      ],
    })
  })

  function query(id: string, metric: string, stat: string, isWatched: boolean) {
    return {
      Id: id,
      ReturnData: isWatched,
      MetricStat: { Metric: { Namespace: 'Shop', MetricName: metric, Dimensions: [] }, Period: 60, Stat: stat },
    }
  }

  it('is another one when the alarm is renamed, and the same one whatever else changes', () => {
    const ids = (text: string) => Object.keys(resourcesOf(text).resources)
    const before = ids('  - { name: order errors, filter: calls, statistic: Sum, threshold: "> 1" }')
    expect(ids('  - { name: order errors, filter: time, dimensions: { By: x }, statistic: p50, band: 2 }')).toEqual(
      before,
    )
    const renamed = '  - { name: order-errors, filter: calls, statistic: Sum, threshold: "> 1" }'
    expect(ids(renamed)).not.toEqual(before)
    expect(JSON.stringify(resourcesOf(renamed).resources)).toContain('${AWS::StackName}-order-errors')
    expect(before[0]).toMatch(/^[A-Za-z0-9]{1,255}$/)
  })

  it('is untouched when its filter is renamed', () => {
    const of = (name: string) =>
      metricResources(
        loadPipeline(
          `version: 1\nmetricFilters: [{ name: ${name}, groups: "*", pattern: x, metric: M, namespace: N, default: 0 }]\nalarms: [{ name: a, filter: ${name}, statistic: Sum, threshold: "> 1" }]`,
        ).config!,
      )
    expect(of('before')).toEqual(of('after'))
  })
})

describe('the widgets', () => {
  const { widgets } = resourcesOf('  - { name: "${x}", filter: calls, statistic: Sum, threshold: "> 1" }')
  const metrics = (widgets as { properties: { title: string; metrics?: unknown; alarms?: unknown } }[]).map(
    ({ properties: { title, metrics, alarms } }) => [title, metrics ?? alarms],
  )

  it('are one for all alarms and one a metric', () => {
    expect(metrics.map(([title]) => title)).toEqual([
      'Alarms of pipeline.yml',
      'Shop Errors',
      'Shop Calls',
      'Shop Time "ms"',
    ])
  })

  it('sum what is counted, with the default value', () => {
    expect(metrics[2]![1]).toEqual([['Shop', 'Calls', { stat: 'Sum' }]])
    expect(metrics[1]![1]).toEqual([
      ['Shop', 'Errors.ingested', { id: 'i', stat: 'Maximum', visible: false }],
      [{ expression: 'IF(FILL(i, 0) == 1, FILL(m0, 0.5), m0)', label: 'Sum' }],
      ['Shop', 'Errors', { id: 'm0', stat: 'Sum', visible: false }],
    ])
  })

  it('search for dimensions, with names quoted', () => {
    expect((metrics[3]![1] as unknown[])[2]).toEqual([
      { expression: `SEARCH('{"Shop","By"} MetricName="Time \\"ms\\""', 'p99', 60)`, label: 'p99' },
    ])
  })

  it('keep text from being substituted', () => {
    expect(metrics[0]![1]).toEqual([
      'arn:${AWS::Partition}:cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm:${AWS::StackName}-${!x}',
    ])
  })
})
