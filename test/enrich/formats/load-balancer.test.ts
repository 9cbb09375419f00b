import { describe, expect, it } from 'vitest'
import { alb } from '../../../shared/enrich/formats/alb.js'
import { elb } from '../../../shared/enrich/formats/elb.js'
import { nlb } from '../../../shared/enrich/formats/nlb.js'
import { looksLike, parsed, survivesHostileLines } from './parsed.js'

const albLine =
  'http 2018-11-30T22:23:00.186641Z app/my-loadbalancer/50dc6c495c0c9188 192.168.131.39:2817 - 0.000 0.001 0.000 200 200 34 366 "GET http://www.example.com:80/ HTTP/1.1" "curl/7.46.0" - - arn:aws:elasticloadbalancing:us-east-2:123456789012:targetgroup/my-targets/73e2d6bc24d8a067 "Root=1-58337364-23a8c76965a2ef7629b185e3" "-" "-" 0 2018-11-30T22:22:48.364000Z "forward" "-" "-" "-" "-" "-" "-"'

describe('alb', () => {
  /** The values are those that Vector's `parse_aws_alb_log` documents for this line. */
  it('reads a line as other readers do', () => {
    expect(parsed(alb, albLine)).toEqual({
      level: 'INFO',
      requestId: null,
      traceId: '1-58337364-23a8c76965a2ef7629b185e3',
      fields: {
        type: 'http',
        time: '2018-11-30T22:23:00.186641Z',
        elb: 'app/my-loadbalancer/50dc6c495c0c9188',
        client_ip: '192.168.131.39',
        client_port: '2817',
        request_processing_time: '0.000',
        target_processing_time: '0.001',
        response_processing_time: '0.000',
        elb_status_code: '200',
        target_status_code: '200',
        received_bytes: '34',
        sent_bytes: '366',
        request_verb: 'GET',
        request_url: 'http://www.example.com:80/',
        request_proto: 'HTTP/1.1',
        user_agent: 'curl/7.46.0',
        target_group_arn: 'arn:aws:elasticloadbalancing:us-east-2:123456789012:targetgroup/my-targets/73e2d6bc24d8a067',
        trace_id: 'Root=1-58337364-23a8c76965a2ef7629b185e3',
        matched_rule_priority: '0',
        request_creation_time: '2018-11-30T22:22:48.364000Z',
        actions_executed: 'forward',
      },
    })
  })

  it('reads the columns added later and keeps those added later still', () => {
    const fields = parsed(alb, `${albLine} TID_12345 "b.example.com" "/new" "TransformSuccess" 7 "x y"\n`)?.fields
    expect(fields).toMatchObject({
      conn_trace_id: 'TID_12345',
      transformed_host: 'b.example.com',
      transformed_uri: '/new',
      request_transform_status: 'TransformSuccess',
      extra: '7 "x y"',
    })
  })

  it('takes level from the status and addresses of both kinds apart', () => {
    const refused = albLine
      .replace(' 200 200 ', ' 502 - ')
      .replace('192.168.131.39:2817 -', '2001:db8::1:2817 10.0.0.1:80')
    expect(parsed(alb, refused)).toMatchObject({
      level: 'ERROR',
      fields: { client_ip: '2001:db8::1', client_port: '2817', target_ip: '10.0.0.1', target_port: '80' },
    })
  })

  it('refuses near misses', () => {
    for (const message of ['http', 'http ', 'https://example.com/ is up', albLine.slice(0, 200), `x${albLine}`, ''])
      expect(parsed(alb, message), message).toBeUndefined()
    expect(looksLike(alb, 'httpd 2.4 started')).toBe(false)
  })

  it('takes linear time on hostile lines', () => survivesHostileLines(alb, ['https ', albLine]), 60_000)
})

describe('nlb', () => {
  const line =
    'tls 2.0 2020-04-01T08:51:42 net/my-network-loadbalancer/c6e77e28c25b2234 g3d4b5e8bb8464cd 72.21.218.154:51341 172.100.100.185:443 5 2 98 246 - arn:aws:acm:us-east-2:123456789012:certificate/2a108f19-aded-46b0-8493-c63eb1ef4a99 - ECDHE-RSA-AES128-SHA tlsv12 - my-network-loadbalancer-c6e77e28c25b2234.elb.us-east-2.amazonaws.com h2 h2 "h2","http/1.1" 2020-04-01T08:51:20'

  it('reads a TLS connection', () => {
    expect(parsed(nlb, line)).toEqual({
      level: 'INFO',
      requestId: null,
      traceId: null,
      fields: {
        type: 'tls',
        version: '2.0',
        time: '2020-04-01T08:51:42',
        elb: 'net/my-network-loadbalancer/c6e77e28c25b2234',
        listener: 'g3d4b5e8bb8464cd',
        client_ip: '72.21.218.154',
        client_port: '51341',
        destination_ip: '172.100.100.185',
        destination_port: '443',
        connection_time: '5',
        tls_handshake_time: '2',
        received_bytes: '98',
        sent_bytes: '246',
        chosen_cert_arn: 'arn:aws:acm:us-east-2:123456789012:certificate/2a108f19-aded-46b0-8493-c63eb1ef4a99',
        tls_cipher: 'ECDHE-RSA-AES128-SHA',
        tls_protocol_version: 'tlsv12',
        domain_name: 'my-network-loadbalancer-c6e77e28c25b2234.elb.us-east-2.amazonaws.com',
        alpn_fe_protocol: 'h2',
        alpn_be_protocol: 'h2',
        alpn_client_preference_list: '"h2","http/1.1"',
        tls_connection_creation_time: '2020-04-01T08:51:20',
      },
    })
  })

  it('calls a TLS alert an ERROR', () => {
    expect(parsed(nlb, line.replace(' 246 - ', ' 246 46 '))?.level).toBe('ERROR')
  })

  it('refuses near misses', () => {
    for (const message of ['tls', 'tls handshake failed', line.slice(0, 120)])
      expect(parsed(nlb, message)).toBeUndefined()
  })

  it('takes linear time on hostile lines', () => survivesHostileLines(nlb, ['tls ', line]), 60_000)
})

describe('elb', () => {
  const line =
    '2024-06-03T08:15:35.220000Z my-loadbalancer 203.0.113.9:40413 10.0.0.2:80 0.000051 0.002 0.00004 404 404 0 162 "GET http://www.example.com:80/none such HTTP/1.1" "Mozilla/5.0 (X11)" - -'

  it('reads a line, a blank in the URL included', () => {
    expect(parsed(elb, line)).toEqual({
      level: 'WARN',
      requestId: null,
      traceId: null,
      fields: {
        time: '2024-06-03T08:15:35.220000Z',
        elb: 'my-loadbalancer',
        client_ip: '203.0.113.9',
        client_port: '40413',
        backend_ip: '10.0.0.2',
        backend_port: '80',
        request_processing_time: '0.000051',
        backend_processing_time: '0.002',
        response_processing_time: '0.00004',
        elb_status_code: '404',
        backend_status_code: '404',
        received_bytes: '0',
        sent_bytes: '162',
        request_verb: 'GET',
        request_url: 'http://www.example.com:80/none such',
        request_proto: 'HTTP/1.1',
        user_agent: 'Mozilla/5.0 (X11)',
      },
    })
  })

  it('reads the line of a TCP listener', () => {
    const tcp =
      '2024-06-03T08:15:32.945958Z my-loadbalancer 192.168.131.39:2817 10.0.0.1:80 0.001069 0.000028 0.000041 - - 82 305 "- - - " "-" - -'
    expect(parsed(elb, tcp)).toMatchObject({ level: 'INFO', fields: { received_bytes: '82', sent_bytes: '305' } })
    expect(Object.keys(parsed(elb, tcp)!.fields!)).not.toContain('request_url')
  })

  it('refuses other text that begins with a time', () => {
    for (const message of [
      '2024-06-03T08:15:32.945958Z INFO a b c d e f g h i j k l',
      line.replace('0.002', 'fast'),
      line.slice(0, 90),
    ])
      expect(parsed(elb, message), message).toBeUndefined()
  })

  it(
    'takes linear time on hostile lines',
    () => survivesHostileLines(elb, ['2024-06-03T08:15:32.945958Z ', line]),
    60_000,
  )
})
