/**
 * CloudWatch embedded metric format: members that, printed with a log line, make CloudWatch Logs put metric data.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export type EmfUnit = 'Count' | 'Bytes' | 'Milliseconds'

export interface EmfMetric {
  readonly name: string
  readonly unit: EmfUnit
  readonly value: number
}

/** @param timestamp ms since the epoch */
export function emfMembers(
  namespace: string,
  dimensions: Readonly<Record<string, string>>,
  metrics: readonly EmfMetric[],
  timestamp: number,
): Record<string, unknown> {
  return {
    _aws: {
      Timestamp: timestamp,
      CloudWatchMetrics: [
        {
          Namespace: namespace,
          Dimensions: [Object.keys(dimensions)],
          Metrics: metrics.map(({ name, unit }) => ({ Name: name, Unit: unit })),
        },
      ],
    },
    ...dimensions,
    ...Object.fromEntries(metrics.map(({ name, value }) => [name, value])),
  }
}
