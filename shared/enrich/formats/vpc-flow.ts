import type { LogFormat } from '../format.js'
import { trimmedEnd } from './text-scan.js'

/**
 * VPC and transit-gateway flow logs (VPC User Guide, "Flow log records"; Transit Gateway guide, "Transit Gateway Flow Log
 * records"). The columns of the default layout have CloudWatch's discovered names; the others are named in the same way
 * (`pkt-srcaddr` → `pktSrcAddr`). `-`, which NODATA and SKIPDATA records are full of, is kept as a value, as CloudWatch
 * shows it. A record has no severity, request or trace, so level, request id and trace id are null.
 *
 * A line says nothing about its columns, so only the default layout is recognised unasked; a custom layout is declared in
 * the configuration. The header line that flow-log files in S3 begin with is not a record and stays text.
 */

/** AWS's column name → our field name, for every column of versions 2 to 10 and of transit-gateway records. */
const fieldNames: ReadonlyMap<string, string> = new Map([
  // The default layout, in its order.
  ['version', 'version'],
  ['account-id', 'accountId'],
  ['interface-id', 'interfaceId'],
  ['srcaddr', 'srcAddr'],
  ['dstaddr', 'dstAddr'],
  ['srcport', 'srcPort'],
  ['dstport', 'dstPort'],
  ['protocol', 'protocol'],
  ['packets', 'packets'],
  ['bytes', 'bytes'],
  ['start', 'startTime'],
  ['end', 'endTime'],
  ['action', 'action'],
  ['log-status', 'logStatus'],
  // Versions 3 to 5.
  ['vpc-id', 'vpcId'],
  ['subnet-id', 'subnetId'],
  ['instance-id', 'instanceId'],
  ['tcp-flags', 'tcpFlags'],
  ['type', 'type'],
  ['pkt-srcaddr', 'pktSrcAddr'],
  ['pkt-dstaddr', 'pktDstAddr'],
  ['region', 'region'],
  ['az-id', 'azId'],
  ['sublocation-type', 'sublocationType'],
  ['sublocation-id', 'sublocationId'],
  ['pkt-src-aws-service', 'pktSrcAwsService'],
  ['pkt-dst-aws-service', 'pktDstAwsService'],
  ['flow-direction', 'flowDirection'],
  ['traffic-path', 'trafficPath'],
  // Version 6, transit gateways.
  ['resource-type', 'resourceType'],
  ['tgw-id', 'tgwId'],
  ['tgw-attachment-id', 'tgwAttachmentId'],
  ['tgw-src-vpc-account-id', 'tgwSrcVpcAccountId'],
  ['tgw-dst-vpc-account-id', 'tgwDstVpcAccountId'],
  ['tgw-src-vpc-id', 'tgwSrcVpcId'],
  ['tgw-dst-vpc-id', 'tgwDstVpcId'],
  ['tgw-src-subnet-id', 'tgwSrcSubnetId'],
  ['tgw-dst-subnet-id', 'tgwDstSubnetId'],
  ['tgw-src-eni', 'tgwSrcEni'],
  ['tgw-dst-eni', 'tgwDstEni'],
  ['tgw-src-az-id', 'tgwSrcAzId'],
  ['tgw-dst-az-id', 'tgwDstAzId'],
  ['tgw-pair-attachment-id', 'tgwPairAttachmentId'],
  ['packets-lost-no-route', 'packetsLostNoRoute'],
  ['packets-lost-blackhole', 'packetsLostBlackhole'],
  ['packets-lost-mtu-exceeded', 'packetsLostMtuExceeded'],
  ['packets-lost-ttl-expired', 'packetsLostTtlExpired'],
  // Version 7, ECS.
  ['ecs-cluster-arn', 'ecsClusterArn'],
  ['ecs-cluster-name', 'ecsClusterName'],
  ['ecs-container-instance-arn', 'ecsContainerInstanceArn'],
  ['ecs-container-instance-id', 'ecsContainerInstanceId'],
  ['ecs-container-id', 'ecsContainerId'],
  ['ecs-second-container-id', 'ecsSecondContainerId'],
  ['ecs-service-name', 'ecsServiceName'],
  ['ecs-task-definition-arn', 'ecsTaskDefinitionArn'],
  ['ecs-task-arn', 'ecsTaskArn'],
  ['ecs-task-id', 'ecsTaskId'],
  // Versions 8 to 10.
  ['reject-reason', 'rejectReason'],
  ['resource-id', 'resourceId'],
  ['encryption-status', 'encryptionStatus'],
])

/** AWS's names of all known columns, the default layout's first and in their order. */
export const vpcFlowColumns: readonly string[] = [...fieldNames.keys()]

const defaultColumns = vpcFlowColumns.slice(0, 14)
/** Our names of the default layout's columns. */
export const defaultFlowKeys: readonly string[] = [...fieldNames.values()].slice(0, 14)

export function isVpcFlowColumn(name: string): boolean {
  return fieldNames.has(name)
}

/**
 * The format of flow logs with the given columns: AWS's names (`isVpcFlowColumn`), each once, in the order of the flow
 * log's format string. A line with more or fewer values is not of this format.
 */
export function createVpcFlowFormat(columns: readonly string[]): LogFormat {
  return formatOf(
    columns,
    columns.map(column => fieldNames.get(column) ?? column),
  )
}

function formatOf(columns: readonly string[], keys: readonly string[]): LogFormat {
  const header = `${columns[0]} `
  return {
    name: 'vpc-flow',
    parse(line) {
      const { message } = line
      const end = trimmedEnd(message)
      if (countBlanks(message, end) !== keys.length - 1 || message.charCodeAt(0) === 32) return undefined
      // The header line of a file begins with the column's own name.
      if (message.startsWith(header) || message === columns[0]) return undefined
      const isWhole = end === message.length
      const text = isWhole ? message : message.slice(0, end)
      const isPlain = isWhole && keys === defaultFlowKeys
      return { level: null, requestId: null, traceId: null, fields: { keys, text, isPlain } }
    },
  }
}

const defaultLayout = formatOf(defaultColumns, defaultFlowKeys)

export const vpcFlow: LogFormat = {
  name: 'vpc-flow',
  ownsGroup: group =>
    group.startsWith('vpc-flow-logs') || group.startsWith('/aws/vpc/flow') || group.startsWith('/vpc/flow'),
  looksLike: line => isDefaultRecord(line.message),
  parse: line => (isDefaultRecord(line.message) ? defaultLayout.parse(line) : undefined),
}

/** `2 <account> …` ending in a log status; the account is `unknown` for some of AWS's own interfaces. */
function isDefaultRecord(message: string): boolean {
  if (message.charCodeAt(0) !== 50 || message.charCodeAt(1) !== 32) return false
  const end = trimmedEnd(message)
  return message.endsWith(' OK', end) || message.endsWith(' NODATA', end) || message.endsWith(' SKIPDATA', end)
}

function countBlanks(text: string, end: number): number {
  let count = 0
  for (let index = 0; index < end; index++) if (text.charCodeAt(index) === 32) count++
  return count
}
