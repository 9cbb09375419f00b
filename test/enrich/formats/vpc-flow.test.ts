import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  createVpcFlowFormat,
  isVpcFlowColumn,
  vpcFlow,
  vpcFlowColumns,
} from '../../../shared/enrich/formats/vpc-flow.js'
import { looksLike, parsed, survivesHostileLines } from './parsed.js'

const accepted =
  '2 123456789012 eni-0b7ee7497ac15992e 205.185.127.13 10.255.1.170 52284 9034 17 1 147 1651646509 1651646511 ACCEPT OK'
const noData = '2 123456789012 eni-0477053d545f22d48 - - - - - - - 1651646498 1651646529 - NODATA'

describe('vpc-flow', () => {
  it("reads the default layout under CloudWatch's names", () => {
    expect(parsed(vpcFlow, accepted)).toEqual({
      level: null,
      requestId: null,
      traceId: null,
      fields: {
        version: '2',
        accountId: '123456789012',
        interfaceId: 'eni-0b7ee7497ac15992e',
        srcAddr: '205.185.127.13',
        dstAddr: '10.255.1.170',
        srcPort: '52284',
        dstPort: '9034',
        protocol: '17',
        packets: '1',
        bytes: '147',
        startTime: '1651646509',
        endTime: '1651646511',
        action: 'ACCEPT',
        logStatus: 'OK',
      },
    })
    expect(parsed(vpcFlow, `${accepted}\n`)).toEqual(parsed(vpcFlow, accepted))
  })

  it('keeps the dashes of a record without data, as CloudWatch does', () => {
    expect(parsed(vpcFlow, noData)?.fields).toMatchObject({
      srcAddr: '-',
      bytes: '-',
      action: '-',
      logStatus: 'NODATA',
    })
  })

  it('shares one array of keys between lines', () => {
    const format = createVpcFlowFormat(['version', 'bytes'])
    const line = (message: string) => ({ message, logGroup: '', logStream: '', json: () => undefined })
    expect(format.parse(line('3 7'))?.fields?.keys).toBe(format.parse(line('3 8'))?.fields?.keys)
  })

  it('owns the groups that flow logs are usually sent to', () => {
    for (const group of ['vpc-flow-logs-prod', '/aws/vpc/flowlogs', '/vpc/flow/prod'])
      expect(vpcFlow.ownsGroup?.(group)).toBe(true)
    expect(vpcFlow.ownsGroup?.('/aws/lambda/vpc-flow')).toBe(false)
  })

  it('refuses what is nearly a record', () => {
    const wrong = [
      'version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status',
      accepted.slice(0, -3),
      `${accepted} extra`,
      accepted.replace('2 ', '22 '),
      accepted.replace(' 17 ', '  17 '),
      '2 eni-1235b8ca123456789 172.31.16.139 172.31.16.21',
      '2 OK',
      '',
    ]
    for (const message of wrong) expect(parsed(vpcFlow, message), message).toBeUndefined()
    expect(looksLike(vpcFlow, '20 questions, all OK')).toBe(false)
  })

  it('takes linear time on hostile lines', () => {
    survivesHostileLines(vpcFlow, ['2 ', '2 123456789012 ', accepted])
  })
})

describe('vpc-flow in a custom layout', () => {
  it('reads a transit gateway record', () => {
    const columns =
      'version account-id tgw-id tgw-attachment-id tgw-src-vpc-id srcaddr dstaddr packets-lost-no-route start end log-status type tcp-flags flow-direction region'
    const line =
      '6 123456789012 tgw-0abc12345def67890 tgw-attach-0abc12345def67890 vpc-0abc12345def67890 10.0.0.1 10.0.1.1 1 1700000000 1700000060 OK IPv4 2 ingress us-east-1'
    expect(parsed(createVpcFlowFormat(columns.split(' ')), line)?.fields).toEqual({
      version: '6',
      accountId: '123456789012',
      tgwId: 'tgw-0abc12345def67890',
      tgwAttachmentId: 'tgw-attach-0abc12345def67890',
      tgwSrcVpcId: 'vpc-0abc12345def67890',
      srcAddr: '10.0.0.1',
      dstAddr: '10.0.1.1',
      packetsLostNoRoute: '1',
      startTime: '1700000000',
      endTime: '1700000060',
      logStatus: 'OK',
      type: 'IPv4',
      tcpFlags: '2',
      flowDirection: 'ingress',
      region: 'us-east-1',
    })
  })

  it('refuses a line with another number of values and the header of a file', () => {
    const format = createVpcFlowFormat(['version', 'pkt-srcaddr', 'vpc-id'])
    expect(parsed(format, '5 10.0.0.1 vpc-1')?.fields).toEqual({ version: '5', pktSrcAddr: '10.0.0.1', vpcId: 'vpc-1' })
    for (const message of ['5 10.0.0.1', '5 10.0.0.1 vpc-1 x', 'version pkt-srcaddr vpc-id', ''])
      expect(parsed(format, message)).toBeUndefined()
  })

  it('knows every column and names each differently', () => {
    expect(vpcFlowColumns.slice(0, 14).join(' ')).toBe(
      'version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status',
    )
    for (const column of ['pkt-dst-aws-service', 'traffic-path', 'ecs-task-id', 'tgw-dst-eni', 'reject-reason'])
      expect(isVpcFlowColumn(column)).toBe(true)
    expect(isVpcFlowColumn('srcAddr')).toBe(false)
    const line = vpcFlowColumns.map((_, index) => String(index)).join(' ')
    expect(Object.keys(parsed(createVpcFlowFormat(vpcFlowColumns), line)!.fields!)).toHaveLength(vpcFlowColumns.length)
  })

  it('reads the sample under its declared columns only', () => {
    const events = JSON.parse(readFileSync(`${import.meta.dirname}/../../../events/vpc-flow/custom.json`, 'utf8'))
    expect(parsed(vpcFlow, events.logEvents[0].message)).toBeUndefined()
  })
})
