import { describe, expect, it } from 'vitest'
import { apigatewayAccess } from '../../../shared/enrich/formats/apigateway-access.js'
import { looksLike, parsed, survivesHostileLines } from './parsed.js'

const id = '6f0c7a1e-1d2b-4c3d-8e4f-5a6b7c8d9e00'

describe('apigateway-access', () => {
  it('reads JSON with camel-case names and leaves the fields in the message', () => {
    const message = `{"requestId":"${id}","ip":"203.0.113.5","httpMethod":"GET","resourcePath":"/pets","status":"404","protocol":"HTTP/1.1","responseLength":"23"}`
    expect(looksLike(apigatewayAccess, message)).toBe(true)
    expect(parsed(apigatewayAccess, message)).toEqual({ level: 'WARN', requestId: id, traceId: null, fields: null })
  })

  it('reads JSON with snake-case names and an X-Ray id', () => {
    const message = `{"api_id":"a","request_id":"${id}","http_method":"GET","status_code":"500","xray_trace_id":"Root=1-640b22bc-727b3ec204d887c531a8b562"}`
    expect(parsed(apigatewayAccess, message)).toEqual({
      level: 'ERROR',
      requestId: id,
      traceId: '1-640b22bc-727b3ec204d887c531a8b562',
      fields: null,
    })
  })

  it('reads the Common Log Format', () => {
    expect(
      parsed(
        apigatewayAccess,
        `203.0.113.5 - alice [03/Jun/2024:08:15:31 +0000] "POST /pets/{petId} HTTP/1.1" 502 36 ${id} Yx1acHdCPHcFZwB=\n`,
      ),
    ).toEqual({
      level: 'ERROR',
      requestId: id,
      traceId: null,
      fields: {
        requestId: id,
        extendedRequestId: 'Yx1acHdCPHcFZwB=',
        ip: '203.0.113.5',
        user: 'alice',
        requestTime: '03/Jun/2024:08:15:31 +0000',
        httpMethod: 'POST',
        resourcePath: '/pets/{petId}',
        protocol: 'HTTP/1.1',
        status: '502',
        responseLength: '36',
      },
    })
  })

  it('reads the Common Log Format of HTTP APIs, whose route holds a blank', () => {
    expect(
      parsed(
        apigatewayAccess,
        '198.51.100.23 - - [03/Jun/2024:08:15:32 +0000] "GET GET /orders HTTP/1.1" 404 23 Yx1adGl2PHcEJtQ=',
      ),
    ).toMatchObject({ level: 'WARN', requestId: 'Yx1adGl2PHcEJtQ=', fields: { resourcePath: 'GET /orders' } })
  })

  it('reads CSV and XML', () => {
    const csv = `203.0.113.5,-,-,03/Jun/2024:08:15:33 +0000,GET,/pets,HTTP/1.1,200,512,${id},Yx1aeHlzPHcFRQw=`
    const xml = `<request id="${id}"> <ip>203.0.113.5</ip> <caller>-</caller> <user>-</user> <requestTime>03/Jun/2024:08:15:33 +0000</requestTime> <httpMethod>GET</httpMethod> <resourcePath>/pets</resourcePath> <status>200</status> <protocol>HTTP/1.1</protocol> <responseLength>512</responseLength> <extendedRequestId>Yx1aeHlzPHcFRQw=</extendedRequestId> </request>`
    for (const message of [csv, xml]) {
      expect(looksLike(apigatewayAccess, message)).toBe(true)
      expect(parsed(apigatewayAccess, message)).toEqual({
        level: 'INFO',
        requestId: id,
        traceId: null,
        fields: {
          requestId: id,
          extendedRequestId: 'Yx1aeHlzPHcFRQw=',
          ip: '203.0.113.5',
          requestTime: '03/Jun/2024:08:15:33 +0000',
          httpMethod: 'GET',
          resourcePath: '/pets',
          protocol: 'HTTP/1.1',
          status: '200',
          responseLength: '512',
        },
      })
    }
  })

  it('refuses the access lines of web servers and the JSON of applications', () => {
    const wrong = [
      '203.0.113.5 - - [03/Jun/2024:08:15:32 +0000] "GET / HTTP/1.1" 200 23',
      '203.0.113.5 - - [03/Jun/2024:08:15:32 +0000] "GET / HTTP/1.1" 200 23 "-" "curl/8.5.0"',
      `203.0.113.5 - - [03/Jun/2024:08:15:32 +0000] "GET / HTTP/1.1" 200 23 ${id} a b`,
      'a,b,c,d,e,f,HTTP/1.1,200,1,nothing',
      '<request id="',
      `{"requestId":"${id}","httpMethod":"GET","status":200,"stage":"prod","level":"info","message":"done"}`,
      `{"requestId":"${id}","httpMethod":"GET","status":200}`,
      '{}',
      '',
    ]
    for (const message of wrong) expect(parsed(apigatewayAccess, message), message).toBeUndefined()
  })

  it('takes linear time on hostile lines', () => {
    survivesHostileLines(apigatewayAccess, ['<request id="', '<ip>', '1 - - [', `1,2,3,4,5,6,HTTP/1.1,200,1,${id}`])
  })
})
