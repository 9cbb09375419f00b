import { describe, expect, it } from 'vitest'
import { cloudtrail } from '../../../shared/enrich/formats/cloudtrail.js'
import { looksLike, parsed } from './parsed.js'

const event = {
  eventVersion: '1.08',
  eventTime: '2024-06-03T08:15:30Z',
  eventSource: 'ec2.amazonaws.com',
  eventName: 'StartInstances',
  awsRegion: 'us-east-1',
  requestID: 'b20c2df5-71d5-441e-84c8-b424f1c78ffb',
  eventType: 'AwsApiCall',
}

describe('cloudtrail', () => {
  it('reads a call and leaves the fields in the message', () => {
    expect(looksLike(cloudtrail, JSON.stringify(event))).toBe(true)
    expect(parsed(cloudtrail, JSON.stringify(event))).toEqual({
      level: 'INFO',
      requestId: 'b20c2df5-71d5-441e-84c8-b424f1c78ffb',
      traceId: null,
      fields: null,
    })
  })

  it('calls a refused call an ERROR', () => {
    expect(parsed(cloudtrail, JSON.stringify({ ...event, errorCode: 'AccessDenied' }))?.level).toBe('ERROR')
    expect(parsed(cloudtrail, JSON.stringify({ ...event, errorCode: null }))?.level).toBe('INFO')
  })

  it('reads events that no request caused and Insights events', () => {
    expect(parsed(cloudtrail, JSON.stringify({ ...event, requestID: null }))?.requestId).toBeNull()
    const insight = { eventVersion: '1.08', eventType: 'AwsCloudTrailInsight', insightDetails: {} }
    expect(parsed(cloudtrail, JSON.stringify(insight))?.level).toBe('INFO')
  })

  it('owns the groups that are named after it', () => {
    expect(cloudtrail.ownsGroup?.('aws-cloudtrail-logs-123456789012-1a2b3c4d')).toBe(true)
    expect(cloudtrail.ownsGroup?.('CloudTrail/DefaultLogGroup')).toBe(true)
    expect(cloudtrail.ownsGroup?.('/shop/CloudTrail')).toBe(false)
  })

  it('refuses other JSON and text', () => {
    const wrong = [
      '',
      '{',
      '[]',
      '{}',
      '{"eventName":"x","eventSource":"y"}',
      '{"eventVersion":1,"eventName":"x","eventSource":"y"}',
      `x${JSON.stringify(event)}`,
    ]
    for (const message of wrong) expect(parsed(cloudtrail, message), message).toBeUndefined()
  })
})
