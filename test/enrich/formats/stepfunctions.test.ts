import { describe, expect, it } from 'vitest'
import { stepfunctions } from '../../../shared/enrich/formats/stepfunctions.js'
import { parsed } from './parsed.js'

const arn = 'arn:aws:states:us-east-1:123456789012:execution:demo:0a1b2c3d'
const event = (type: string) =>
  JSON.stringify({
    id: '3',
    type,
    details: {},
    previous_event_id: '2',
    event_timestamp: '1718026591000',
    execution_arn: arn,
  })

describe('stepfunctions', () => {
  it('takes the execution for the request and the type for the level', () => {
    const types = [
      ['ExecutionStarted', 'INFO'],
      ['TaskStateExited', 'INFO'],
      ['ExecutionFailed', 'ERROR'],
      ['LambdaFunctionTimedOut', 'ERROR'],
      ['ExecutionAborted', 'ERROR'],
      ['FailStateEntered', 'INFO'],
    ] as const
    for (const [type, level] of types)
      expect(parsed(stepfunctions, event(type))).toEqual({ level, requestId: arn, traceId: null, fields: null })
  })

  it('owns the groups that the console names, and refuses other JSON', () => {
    expect(stepfunctions.ownsGroup?.('/aws/vendedlogs/states/demo-Logs')).toBe(true)
    for (const message of ['', '{}', `{"execution_arn":"${arn}"}`, '{"id":1,"type":"x"}'])
      expect(parsed(stepfunctions, message)).toBeUndefined()
  })
})
