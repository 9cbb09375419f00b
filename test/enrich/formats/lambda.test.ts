import { describe, expect, it } from 'vitest'
import { lambda } from '../../../shared/enrich/formats/lambda.js'
import { createLine } from '../../../shared/enrich/line.js'
import { looksLike, parsed, survivesHostileLines } from './parsed.js'

const group = '/aws/lambda/orders'
const id = '06e46194-f277-454e-88d3-1dd7e3860eaa'
const trace = '1-636d1462-33ef10600061cad86dab71c8'

describe('lambda platform lines', () => {
  it('reads a REPORT with every field that CloudWatch discovers, memory in bytes of decimal megabytes', () => {
    const message = `REPORT RequestId: ${id}\tDuration: 9.14 ms\tBilled Duration: 10 ms\tMemory Size: 128 MB\tMax Memory Used: 36 MB\tInit Duration: 190.62 ms\t\nXRAY TraceId: ${trace}\tSegmentId: 7ccb4860675ee485\tSampled: true\t\n`
    expect(parsed(lambda, message, group)).toEqual({
      level: 'INFO',
      requestId: id,
      traceId: trace,
      fields: {
        '@type': 'REPORT',
        '@requestId': id,
        '@duration': '9.14',
        '@billedDuration': '10',
        '@memorySize': '128000000',
        '@maxMemoryUsed': '36000000',
        '@initDuration': '190.62',
        '@xrayTraceId': trace,
        '@xraySegmentId': '7ccb4860675ee485',
        '@xraySampled': 'true',
      },
    })
  })

  it('reads the restore durations of SnapStart', () => {
    const message = `REPORT RequestId: ${id}\tDuration: 469.40 ms\tBilled Duration: 500 ms\tMemory Size: 1024 MB\tMax Memory Used: 21 MB\tRestore Duration: 474.16 ms\tBilled Restore Duration: 75 ms`
    expect(parsed(lambda, message, group)?.fields).toMatchObject({
      '@duration': '469.40',
      '@memorySize': '1024000000',
      '@restoreDuration': '474.16',
      '@billedRestoreDuration': '75',
    })
  })

  it('calls a REPORT that ended in an error or a timeout an ERROR', () => {
    const report = `REPORT RequestId: ${id}\tDuration: 3000.00 ms\tBilled Duration: 3000 ms\tMemory Size: 128 MB\tMax Memory Used: 35 MB\t`
    expect(parsed(lambda, `${report}Status: timeout\n`, group)).toMatchObject({
      level: 'ERROR',
      fields: { '@status': 'timeout' },
    })
    expect(parsed(lambda, `${report}Status: error\tError Type: Runtime.ExitError\n`, group)).toMatchObject({
      level: 'ERROR',
      fields: { '@status': 'error', '@errorType': 'Runtime.ExitError' },
    })
  })

  it('reads START and END', () => {
    expect(parsed(lambda, `START RequestId: ${id} Version: $LATEST\n`, group)).toEqual({
      level: 'INFO',
      requestId: id,
      traceId: null,
      fields: { '@type': 'START', '@requestId': id, '@version': '$LATEST' },
    })
    expect(parsed(lambda, `END RequestId: ${id}\n`, group)).toEqual({
      level: 'INFO',
      requestId: id,
      traceId: null,
      fields: { '@type': 'END', '@requestId': id },
    })
  })

  it('names the kind of other platform lines @platformEvent, as CloudWatch gives them no @type', () => {
    const arn = 'arn:aws:lambda:us-east-2::runtime:d949ec0248c1b8fbc8cbc6df1c986e05fb933506b51d53be82d46f9a37125bea'
    const events = [
      [
        `INIT_START Runtime Version: nodejs:18.v18\tRuntime Version ARN: ${arn}\n`,
        { '@platformEvent': 'INIT_START', '@runtimeVersion': 'nodejs:18.v18', '@runtimeVersionArn': arn },
      ],
      [
        'INIT_REPORT Init Duration: 9999.46 ms\tPhase: init\tStatus: timeout\n',
        { '@platformEvent': 'INIT_REPORT', '@initDuration': '9999.46', '@phase': 'init', '@status': 'timeout' },
      ],
      [
        'EXTENSION\tName: agent\tState: Ready\tEvents: [INVOKE, SHUTDOWN]\n',
        {
          '@platformEvent': 'EXTENSION',
          '@extensionName': 'agent',
          '@extensionState': 'Ready',
          '@extensionEvents': '[INVOKE, SHUTDOWN]',
        },
      ],
      [
        'RESTORE_REPORT Restore Duration: 474.16 ms\n',
        { '@platformEvent': 'RESTORE_REPORT', '@restoreDuration': '474.16' },
      ],
      [
        `XRAY TraceId: ${trace}\tSegmentId: 7ccb4860675ee485\tSampled: false\t`,
        {
          '@platformEvent': 'XRAY',
          '@xrayTraceId': trace,
          '@xraySegmentId': '7ccb4860675ee485',
          '@xraySampled': 'false',
        },
      ],
    ] as const
    for (const [message, fields] of events) expect(parsed(lambda, message, group)?.fields).toEqual(fields)
  })
})

describe('what a lambda function writes', () => {
  it('finds request id and level in the line of every runtime', () => {
    const lines = [
      [`2024-10-21T14:28:15.158Z\t${id}\tWARN\tslow\n`, 'WARN'],
      [`2024-10-21T14:28:15.158Z\t${id}\tfail\tslow\n`, 'ERROR'],
      [`2024-10-21T14:28:15.158Z\t${id}\tslow, from a runtime without levels\n`, null],
      [`[ERROR]\t2024-10-21T14:28:15.158Z\t${id}\tslow\n`, 'ERROR'],
      [`2024-10-21 14:28:15 ${id} ERROR Handler - slow\n`, 'ERROR'],
      [`I, [2024-10-21T14:28:15.158 #8]  INFO -- ${id}: slow\n`, 'INFO'],
      [`2024-10-21T14:28:15.158Z ${id} Task timed out after 3.00 seconds\n\n`, 'ERROR'],
      [`RequestId: ${id} Error: Runtime exited with error: signal: killed\nRuntime.ExitError\n`, 'ERROR'],
      [`RequestId: ${id} Process exited before completing request\n\n`, 'ERROR'],
    ] as const
    for (const [message, level] of lines)
      expect(parsed(lambda, message, group), message).toEqual({
        level,
        requestId: id,
        traceId: null,
        fields: { '@requestId': id },
      })
  })

  it('finds the level of lines without a request id', () => {
    const lines = [
      ["[ERROR] KeyError: 'x'\nTraceback (most recent call last):\n", 'ERROR'],
      ['LAMBDA_WARNING: Unhandled exception.\n', 'WARN'],
      ['2024-10-21T14:28:15.158Z\tundefined\tERROR\tUncaught Exception\n', 'ERROR'],
      ['2024/06/03 08:15:30 listening\n', null],
      ['', null],
    ] as const
    for (const [message, level] of lines)
      expect(parsed(lambda, message, group), message).toEqual({ level, requestId: null, traceId: null, fields: null })
  })

  it('discovers the first JSON object inside a line', () => {
    const json = '{"orderId":"o-1","amount":12.5,"paid":true,"gift":false,"note":null,"items":[{"sku":"a"},7],"@x":"y"}'
    expect(parsed(lambda, `2025-01-15T10:00:00.150Z\t${id}\tINFO\tstored ${json} {"b":1}\n`, group)).toEqual({
      level: 'INFO',
      requestId: id,
      traceId: null,
      fields: {
        '@requestId': id,
        orderId: 'o-1',
        amount: '12.5',
        paid: '1',
        gift: '0',
        'items.0.sku': 'a',
        'items.1': '7',
        '@@x': 'y',
      },
    })
  })

  it('takes level and trace id from the JSON inside where the text says nothing', () => {
    const message = `result: {"level":"error","traceId":"4bf92f3577b34da6a3ce929d0e0e4736"}`
    expect(parsed(lambda, message, group)).toMatchObject({
      level: 'ERROR',
      traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    })
  })

  it('finds the X-Ray id of a header in the text', () => {
    const message = `2020-03-05T16:30:36.172Z\t${id}\tINFO\tRoot=1-5e61292c-cc1229a4dfbeae1043928548;Parent=c657b77d9514f70c;Sampled=1\n`
    expect(parsed(lambda, message, group)?.traceId).toBe('1-5e61292c-cc1229a4dfbeae1043928548')
  })
})

describe('lambda JSON lines', () => {
  it('reads request id, trace id and outcome of platform events and leaves the fields in the message', () => {
    const report = `{"time":"2022-10-21T14:05:05.766Z","type":"platform.report","record":{"requestId":"${id}","metrics":{"durationMs":2599.4},"tracing":{"spanId":"24cd7d670fa455f0","type":"X-Amzn-Trace-Id","value":"Root=${trace};Parent=35465b3a9e2f7c6a;Sampled=1"},"status":"timeout"}}`
    expect(parsed(lambda, report, group)).toEqual({ level: 'ERROR', requestId: id, traceId: trace, fields: null })
    const fault = `{"time":"2020-08-20T12:31:32.123Z","type":"platform.fault","record":"RequestId: ${id} Process exited before completing request"}`
    expect(parsed(lambda, fault, group)).toEqual({ level: 'ERROR', requestId: id, traceId: null, fields: null })
  })

  it('reads the JSON of the runtimes and of Powertools', () => {
    expect(
      parsed(lambda, `{"timestamp":"2024-10-21T14:28:15.158Z","level":"WARN","requestId":"${id}"}`, group),
    ).toEqual({ level: 'WARN', requestId: id, traceId: null, fields: null })
    expect(
      parsed(lambda, `{"level":"INFO","message":"x","AWSRequestId":"${id}","xray_trace_id":"${trace}"}`, group),
    ).toEqual({ level: 'INFO', requestId: id, traceId: trace, fields: null })
  })

  it('leaves embedded metric documents to emf', () => {
    expect(parsed(lambda, '{"_aws":{"Timestamp":1,"CloudWatchMetrics":[]}}', group)).toBeUndefined()
  })

  it('survives platform events of other shapes', () => {
    for (const record of ['null', '[]', '7', '{"requestId":7,"tracing":"x"}', '{"tracing":null}'])
      expect(parsed(lambda, `{"type":"platform.start","record":${record}}`, group)?.level).toBe('INFO')
  })
})

describe('lambda lines in other groups', () => {
  it('owns the groups that Lambda names', () => {
    expect(lambda.ownsGroup?.('/aws/lambda/orders')).toBe(true)
    expect(lambda.ownsGroup?.('/aws/lambda-insights')).toBe(false)
  })

  it('recognises the platform lines anywhere', () => {
    expect(looksLike(lambda, `START RequestId: ${id} Version: 1`)).toBe(true)
    expect(looksLike(lambda, `REPORT RequestId: ${id}\tDuration: 1 ms`)).toBe(true)
    expect(looksLike(lambda, 'START of something else')).toBe(false)
  })

  it('recognises any line of a stream that Lambda named', () => {
    const streams = [
      ['2024/10/21/orders[$LATEST]16c175a5f89246aaad5c878aebaeeac7', true],
      ['2024/10/21/[7]16c175a5f89246aaad5c878aebaeeac7', true],
      ['web/shop/0a1b2c3d4e5f60718293a4b5c6d7e8f9', false],
    ] as const
    for (const [stream, is] of streams)
      expect(lambda.looksLike?.(createLine('hello', '/shop', stream)), stream).toBe(is)
  })

  it('takes linear time on hostile lines', () => {
    survivesHostileLines(lambda, [
      `REPORT RequestId: ${id}\tDuration: `,
      'INIT_REPORT ',
      `2024-10-21T14:28:15.158Z\t${id}\tINFO\t{"a":`,
      '{"a":{"',
      '[{"a":[',
      '{"type":"platform.',
    ])
  })
})
