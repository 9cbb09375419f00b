import { apiGateway, cloudtrail, eventBridge, lambda, natGateway, resourceTags, route53, vpcFlow } from './aws.js'
import { common, joins, json, parsing } from './common.js'
import type { SampleQuery } from './sample.js'
import { apache, syslog } from './servers.js'

export type { SampleParameter, SampleQuery } from './sample.js'

/** Queries to begin with, by source; every one runs. Source of what they ask: Amazon CloudWatch Logs User Guide, "Sample queries". */
export const sampleQueries: readonly SampleQuery[] = [
  common,
  lambda,
  vpcFlow,
  natGateway,
  route53,
  cloudtrail,
  apiGateway,
  apache,
  syslog,
  eventBridge,
  parsing,
  json,
  joins,
  resourceTags,
].flat()
