/**
 * List prices in us-east-1, in dollars. Request, compute, storage and log prices are those of the services' public pricing
 * pages (Amazon S3 Standard, AWS Lambda x86, AWS Glue Data Catalog, Amazon CloudWatch, Amazon Kinesis Data Streams on demand,
 * EventBridge Scheduler), first tier, without any free tier. A GB is 10^9 bytes.
 */
export const prices = {
  s3PutOrList: 0.005 / 1_000,
  s3Get: 0.0004 / 1_000,
  s3GbMonth: 0.023,
  glueRequest: 1 / 1_000_000,
  lambdaRequest: 0.2 / 1_000_000,
  lambdaGbSecond: 0.0000166667,
  schedulerInvocation: 1 / 1_000_000,
  logsGb: 0.5,
  customMetricMonth: 0.3,
  alarmMonth: 0.1,
  kinesisStreamHour: 0.04,
  kinesisGbIn: 0.08,
  kinesisGbOut: 0.04,
} as const
