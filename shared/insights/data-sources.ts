/**
 * Data sources of `SOURCE dataSource([…])` that the lake can tell: a source is the format that events were recognised as and,
 * for CloudTrail, the category of the event.
 *
 * Source: Amazon CloudWatch Logs User Guide, "Supported AWS services for data sources"; AWS CloudTrail User Guide, "CloudTrail
 * record contents".
 */
export interface DataSource {
  /** A value of `@format`. */
  readonly format: string
  /** A value of `eventCategory`. */
  readonly category?: 'Management' | 'Data'
}

/** By `name.type`. */
export const dataSources: ReadonlyMap<string, DataSource> = new Map<string, DataSource>([
  ['amazon_api_gateway.access', { format: 'apigateway-access' }],
  ['amazon_eks.audit', { format: 'eks-audit' }],
  ['amazon_eks.authenticator', { format: 'eks-authenticator' }],
  ['amazon_route53.hosted_zones', { format: 'route53' }],
  ['amazon_route53.resolver_query', { format: 'route53-resolver' }],
  ['amazon_vpc.flow', { format: 'vpc-flow' }],
  ['aws_cloudtrail.data', { format: 'cloudtrail', category: 'Data' }],
  ['aws_cloudtrail.management', { format: 'cloudtrail', category: 'Management' }],
  ['aws_nlb.access', { format: 'nlb' }],
  ['aws_waf.access', { format: 'waf' }],
])
