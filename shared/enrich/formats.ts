import type { LogFormat } from './format.js'
import { alb } from './formats/alb.js'
import { apache } from './formats/apache.js'
import { apigatewayAccess } from './formats/apigateway-access.js'
import { apigatewayExecution } from './formats/apigateway-execution.js'
import { cloudtrail } from './formats/cloudtrail.js'
import { ecsFirelens } from './formats/ecs-firelens.js'
import { eksAudit } from './formats/eks-audit.js'
import { eksAuthenticator } from './formats/eks-authenticator.js'
import { elb } from './formats/elb.js'
import { emf } from './formats/emf.js'
import { json } from './formats/json.js'
import { klog } from './formats/klog.js'
import { lambda } from './formats/lambda.js'
import { logfmt } from './formats/logfmt.js'
import { mysql } from './formats/mysql.js'
import { nginx } from './formats/nginx.js'
import { nlb } from './formats/nlb.js'
import { postgresql } from './formats/postgresql.js'
import { route53 } from './formats/route53.js'
import { route53Resolver } from './formats/route53-resolver.js'
import { stepfunctions } from './formats/stepfunctions.js'
import { syslog } from './formats/syslog.js'
import { vpcFlow } from './formats/vpc-flow.js'
import { waf } from './formats/waf.js'

/**
 * Every format, in the order in which lines of unknown origin are tried: the narrow tests first. A new format is a file
 * under `formats/`, a line here, a sample under `events/` and a test.
 */
export const formats: readonly LogFormat[] = [
  // JSON: each asks for members that only its own producer writes.
  emf,
  cloudtrail,
  waf,
  stepfunctions,
  eksAudit,
  route53Resolver,
  ecsFirelens,
  lambda,
  apigatewayAccess,
  json,
  // Text.
  apigatewayExecution,
  eksAuthenticator,
  vpcFlow,
  route53,
  alb,
  nlb,
  elb,
  nginx,
  apache,
  klog,
  postgresql,
  mysql,
  syslog,
  logfmt,
]
