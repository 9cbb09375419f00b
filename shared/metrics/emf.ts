/**
 * CloudWatch embedded metric format: members that, printed with a log line, make CloudWatch Logs put metric data.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export interface EmfMetric {
  readonly name: string
  /** One of CloudWatch's units. */
  readonly unit: string
  /** At most `maxValues` of an array. */
  readonly value: number | readonly number[]
}

/** The most values of an array, by the format. */
export const maxValues = 100

/** @param timestamp ms since the epoch */
export function emfMembers(
  namespace: string,
  dimensions: Readonly<Record<string, string>>,
  metrics: readonly EmfMetric[],
  timestamp: number,
): Record<string, unknown> {
  return emfDocument([{ namespace, metrics }], dimensions, timestamp)
}

export interface EmfDirective {
  readonly namespace: string
  readonly metrics: readonly EmfMetric[]
}

/** Names of metrics and dimensions are members of the one document, so none may stand for two things. */
export function emfDocument(
  directives: readonly EmfDirective[],
  dimensions: Readonly<Record<string, string>>,
  timestamp: number,
): Record<string, unknown> {
  return {
    _aws: {
      Timestamp: timestamp,
      CloudWatchMetrics: directives.map(({ namespace, metrics }) => ({
        Namespace: namespace,
        Dimensions: [Object.keys(dimensions)],
        Metrics: metrics.map(({ name, unit }) => ({ Name: name, Unit: unit })),
      })),
    },
    ...dimensions,
    ...Object.fromEntries(directives.flatMap(({ metrics }) => metrics.map(({ name, value }) => [name, value]))),
  }
}
