/**
 * The alarms and dashboard widgets of `pipeline.yml` as CloudFormation has them.
 *
 * The logical id and the name of an alarm both come from its name in the file. A renamed alarm is another resource to
 * CloudFormation, which creates what is new before it deletes what is gone: at every moment of a deployment one of the
 * two is there. Anything else about an alarm is an update in place.
 */
import { createHash } from 'node:crypto'
import type { AlarmSetting, MetricFilterSetting, PipelineConfig } from '../../shared/config/pipeline.js'
import { ingestedMetric } from '../../shared/metrics/metric-documents.js'

export interface MetricResources {
  /** Logical id → resource. */
  readonly resources: Readonly<Record<string, object>>
  /** In the grid of a dashboard, the first at the top; text is for `Fn::Sub`. */
  readonly widgets: readonly object[]
}

export function metricResources(config: Pick<PipelineConfig, 'metricFilters' | 'alarms'>): MetricResources {
  const { alarms, metricFilters } = config
  return {
    resources: Object.fromEntries(alarms.map(alarm => [logicalId(alarm.name), alarmResource(alarm, metricFilters)])),
    widgets: [...alarmWidgets(alarms), ...metricWidgets(metricFilters, alarms.length === 0 ? 0 : alarmsHeight)],
  }
}

/** Letters, digits and a hash: names that differ in other characters only are still two resources. */
function logicalId(name: string): string {
  const words = name.split(/[^A-Za-z0-9]+/).filter(word => word !== '')
  const readable = words.map(word => word.charAt(0).toUpperCase() + word.slice(1)).join('')
  return `PipelineAlarm${readable.slice(0, 80)}${createHash('sha256').update(name).digest('hex').slice(0, 8)}`
}

function alarmName(name: string): string {
  return `\${AWS::StackName}-${literal(name)}`
}

/** Text that `Fn::Sub` leaves as it is. */
function literal(text: string): string {
  return text.replaceAll('${', '${!')
}

/** What infra/alarms.yml does for the alarms of the stack itself. */
const stackTopic = [
  {
    'Fn::If': [
      'HasAlarmTopic',
      { Ref: 'AlarmTopicArn' },
      { 'Fn::If': ['HasAlarmEmail', { Ref: 'AlarmTopic' }, { Ref: 'AWS::NoValue' }] },
    ],
  },
]

function alarmResource(alarm: AlarmSetting, filters: readonly MetricFilterSetting[]): object {
  const { name, description, actions, okActions, periods, datapoints, missing } = alarm
  return {
    Type: 'AWS::CloudWatch::Alarm',
    Properties: {
      AlarmName: { 'Fn::Sub': alarmName(name) },
      ...(description === null ? {} : { AlarmDescription: description }),
      AlarmActions: actions ?? stackTopic,
      ...(okActions.length === 0 ? {} : { OKActions: okActions }),
      EvaluationPeriods: periods,
      DatapointsToAlarm: datapoints,
      TreatMissingData: missing,
      ...watched(alarm, sourceOf(alarm, filters)),
    },
  }
}

interface Source {
  readonly namespace: string
  readonly name: string
  readonly dimensions: Readonly<Record<string, string>>
  readonly defaultValue: number | null
}

function sourceOf({ source }: AlarmSetting, filters: readonly MetricFilterSetting[]): Source {
  if (!('filter' in source)) return { ...source, defaultValue: null }
  const filter = filters.find(({ name }) => name === source.filter)
  if (filter === undefined) throw new Error(`there is no metric filter ${source.filter}`)
  const { namespace, metric, defaultValue } = filter
  return { namespace, name: metric, dimensions: source.dimensions, defaultValue }
}

const operators = {
  '>': 'GreaterThanThreshold',
  '>=': 'GreaterThanOrEqualToThreshold',
  '<': 'LessThanThreshold',
  '<=': 'LessThanOrEqualToThreshold',
} as const

const bands = {
  above: 'GreaterThanUpperThreshold',
  below: 'LessThanLowerThreshold',
  outside: 'LessThanLowerOrGreaterThanUpperThreshold',
} as const

function watched({ condition, statistic, periodSeconds }: AlarmSetting, source: Source): object {
  const { namespace, name, defaultValue } = source
  const dimensions = Object.entries(source.dimensions).map(([Name, Value]) => ({ Name, Value }))
  const query = (id: string, metric: string, stat: string, isWatched: boolean) => ({
    Id: id,
    ReturnData: isWatched,
    MetricStat: {
      Metric: { Namespace: namespace, MetricName: metric, Dimensions: dimensions },
      Period: periodSeconds,
      Stat: stat,
    },
  })
  if (condition.kind === 'band') {
    return {
      ComparisonOperator: bands[condition.side],
      ThresholdMetricId: 'band',
      Metrics: [
        query('m', name, statistic, true),
        { Id: 'band', Expression: `ANOMALY_DETECTION_BAND(m, ${condition.width})`, ReturnData: true },
      ],
    }
  }
  const compared = { ComparisonOperator: operators[condition.operator], Threshold: condition.threshold }
  if (defaultValue !== null) {
    return {
      ...compared,
      Metrics: [
        query('m', name, statistic, false),
        query('i', ingestedMetric(name), 'Maximum', false),
        { Id: 'e', Expression: withDefault(statistic, defaultValue), Label: name, ReturnData: true },
      ],
    }
  }
  return {
    ...compared,
    Namespace: namespace,
    MetricName: name,
    Dimensions: dimensions,
    Period: periodSeconds,
    [/^(?:SampleCount|Average|Sum|Minimum|Maximum)$/.test(statistic) ? 'Statistic' : 'ExtendedStatistic']: statistic,
  }
}

/**
 * Metric math for a metric `m` with a default value: `i` is 1 in periods in which events came in and none matched without
 * a data point (docs/metrics.md).
 */
function withDefault(statistic: string, defaultValue: number): string {
  return `IF(FILL(i, 0) == 1, FILL(m, ${statistic === 'SampleCount' ? 1 : defaultValue}), m)`
}

const alarmsHeight = 4

function alarmWidgets(alarms: readonly AlarmSetting[]): readonly object[] {
  if (alarms.length === 0) return []
  const arn = `arn:\${AWS::Partition}:cloudwatch:\${AWS::Region}:\${AWS::AccountId}:alarm:`
  // A widget shows a hundred alarms at most.
  const names = alarms.slice(0, 100).map(({ name }) => `${arn}${alarmName(name)}`)
  const place = { x: 0, y: 0, width: 24, height: alarmsHeight }
  return [{ type: 'alarm', ...place, properties: { title: 'Alarms of pipeline.yml', alarms: names } }]
}

const widgetWidth = 8
const widgetHeight = 6
const perRow = 3

/** One a metric, whatever the number of filters that put to it. */
function metricWidgets(filters: readonly MetricFilterSetting[], top: number): readonly object[] {
  const metrics = new Map(
    filters.map(filter => [JSON.stringify([filter.namespace, filter.metric, Object.keys(filter.dimensions)]), filter]),
  )
  return [...metrics.values()].map((filter, index) => ({
    type: 'metric',
    x: (index % perRow) * widgetWidth,
    y: top + Math.floor(index / perRow) * widgetHeight,
    width: widgetWidth,
    height: widgetHeight,
    properties: {
      title: literal(`${filter.namespace} ${filter.metric}`),
      region: `\${AWS::Region}`,
      period: 60,
      metrics: graphed(filter),
    },
  }))
}

/** A counted metric by its sum, one that is read out of the events by its percentiles. */
function graphed(filter: MetricFilterSetting): readonly unknown[] {
  const { namespace, metric, dimensions, defaultValue } = filter
  const statistics = typeof filter.value === 'number' ? ['Sum'] : ['p50', 'p90', 'p99']
  const names = Object.keys(dimensions)
  if (names.length > 0) {
    const schema = [namespace, ...names].map(quoted).join(',')
    return statistics.map(stat => [
      { expression: literal(`SEARCH('{${schema}} MetricName=${quoted(metric)}', '${stat}', 60)`), label: stat },
    ])
  }
  if (defaultValue === null) return statistics.map(stat => [namespace, metric, { stat }])
  return [
    [namespace, ingestedMetric(metric), { id: 'i', stat: 'Maximum', visible: false }],
    ...statistics.flatMap((stat, index) => {
      const id = `m${index}`
      const expression = withDefault(stat, defaultValue).replace(/\bm\b/g, id)
      return [[{ expression, label: stat }], [namespace, metric, { id, stat, visible: false }]]
    }),
  ]
}

/** A name in a search expression, which stands in single quotes. */
function quoted(name: string): string {
  return `"${name.replace(/["'\\]/g, '\\$&')}"`
}
