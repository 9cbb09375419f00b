import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { type SignedRequest, type Verified, verifySignature } from '../../local/signature.js'

/** The examples of Amazon's own documentation of Signature Version 4 for S3, with its example keys. */
const secret = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'
const now = new Date('2013-05-24T00:00:00Z')
const scope = 'AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request'
const emptyHash = createHash('sha256').digest('hex')

function request(method: string, url: string, headers: Record<string, string>): SignedRequest {
  const { pathname, searchParams, host } = new URL(url)
  return { method, path: pathname, query: searchParams, headers: { host, ...headers } }
}

function authorization(signedHeaders: string, signature: string): string {
  return `AWS4-HMAC-SHA256 Credential=${scope},SignedHeaders=${signedHeaders},Signature=${signature}`
}

const verify = (signed: SignedRequest, at = now) => verifySignature(signed, { service: 's3', now: at, secret })

const getObject = request('GET', 'https://examplebucket.s3.amazonaws.com/test.txt', {
  range: 'bytes=0-9',
  'x-amz-content-sha256': emptyHash,
  'x-amz-date': '20130524T000000Z',
  authorization: authorization(
    'host;range;x-amz-content-sha256;x-amz-date',
    'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
  ),
})

describe('a signature', () => {
  it('is right for the documented GET', () => {
    expect(verify(getObject)).toMatchObject({
      kind: 'verified',
      accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
      presigned: false,
    })
  })

  it('is right for the documented PUT of a key with a dollar sign', () => {
    const put = request('PUT', 'https://examplebucket.s3.amazonaws.com/test$file.text', {
      date: 'Fri, 24 May 2013 00:00:00 GMT',
      'x-amz-content-sha256': '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072',
      'x-amz-date': '20130524T000000Z',
      'x-amz-storage-class': 'REDUCED_REDUNDANCY',
      authorization: authorization(
        'date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class',
        '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
      ),
    })
    expect(verify(put).kind).toBe('verified')
  })

  it('is right for the documented listing, whose parameters are not in order', () => {
    const list = request('GET', 'https://examplebucket.s3.amazonaws.com/?prefix=J&max-keys=2', {
      'x-amz-content-sha256': emptyHash,
      'x-amz-date': '20130524T000000Z',
      authorization: authorization(
        'host;x-amz-content-sha256;x-amz-date',
        '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
      ),
    })
    expect(verify(list).kind).toBe('verified')
  })

  it('is right for the documented presigned URL, until it expires', () => {
    const query = new URLSearchParams({
      'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
      'X-Amz-Credential': scope,
      'X-Amz-Date': '20130524T000000Z',
      'X-Amz-Expires': '86400',
      'X-Amz-SignedHeaders': 'host',
      'X-Amz-Signature': 'aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404',
    })
    const url = request('GET', `https://examplebucket.s3.amazonaws.com/test.txt?${query}`, {})
    expect(verify(url)).toMatchObject({ kind: 'verified', presigned: true })
    expect(verify(url, new Date('2013-05-25T00:00:00Z')).kind).toBe('verified')
    expect(verify(url, new Date('2013-05-25T00:00:01Z'))).toMatchObject({
      code: 'AccessDenied',
      message: 'Request has expired',
    })
    expect(verify(url, new Date('2013-05-23T23:00:00Z'))).toMatchObject({ message: 'Request is not yet valid' })
  })

  it('gives the documented signatures of chunks', () => {
    const put = request('PUT', 'https://s3.amazonaws.com/examplebucket/chunkObject.txt', {
      'x-amz-date': '20130524T000000Z',
      'x-amz-storage-class': 'REDUCED_REDUNDANCY',
      'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
      'content-encoding': 'aws-chunked',
      'x-amz-decoded-content-length': '66560',
      'content-length': '66824',
      authorization: authorization(
        'content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class',
        '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9',
      ),
    })
    const { chunks } = verify(put) as Verified
    const first = chunks.signChunk(chunks.seed, Buffer.alloc(65536, 'a'))
    const second = chunks.signChunk(first, Buffer.alloc(1024, 'a'))
    const last = chunks.signChunk(second, Buffer.alloc(0))
    expect([first, second, last]).toEqual([
      'ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648',
      '0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497',
      'b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9',
    ])
  })

  it('gives the documented signature of a trailer', () => {
    const put = request('PUT', 'https://s3.amazonaws.com/examplebucket/chunkObject.txt', {
      'x-amz-date': '20130524T000000Z',
      'x-amz-storage-class': 'REDUCED_REDUNDANCY',
      'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
      'content-encoding': 'aws-chunked',
      'x-amz-decoded-content-length': '66560',
      'x-amz-trailer': 'x-amz-checksum-crc32c',
      authorization: authorization(
        'content-encoding;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class;x-amz-trailer',
        '106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e',
      ),
    })
    const { chunks } = verify(put) as Verified
    const data = [65536, 1024, 0].map(size => Buffer.alloc(size, 'a'))
    const last = data.reduce((previous, chunk) => chunks.signChunk(previous, chunk), chunks.seed)
    expect(last).toBe('2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992')
    expect(chunks.signTrailer(last, 'x-amz-checksum-crc32c:sOO8/Q==\n')).toBe(
      'd81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435',
    )
  })

  it('encodes what was sent once more for other services than S3', () => {
    const invoke = (path: string, signature: string) =>
      verifySignature(
        {
          method: 'POST',
          path,
          query: new URLSearchParams(),
          headers: {
            host: 'localhost',
            'x-amz-date': '20130524T000000Z',
            authorization: `AWS4-HMAC-SHA256 Credential=a/20130524/us-east-1/lambda/aws4_request, SignedHeaders=host;x-amz-date, Signature=${signature}`,
          },
        },
        { service: 'lambda', now, payloadHash: emptyHash },
      )
    const refused = invoke('/2015-03-31/functions/a%3Ab/invocations', '0'.repeat(64))
    expect(refused).toMatchObject({ code: 'SignatureDoesNotMatch' })
    const { CanonicalRequest = '' } = 'details' in refused ? refused.details! : {}
    expect(CanonicalRequest.split('\n')[1]).toBe('/2015-03-31/functions/a%253Ab/invocations')
  })

  const changed: [string, Partial<SignedRequest> | { header: Record<string, string | undefined> }, string][] = [
    ['another method', { method: 'PUT' }, '403 SignatureDoesNotMatch'],
    ['another path', { path: '/other.txt' }, '403 SignatureDoesNotMatch'],
    ['another parameter', { query: new URLSearchParams('a=b') }, '403 SignatureDoesNotMatch'],
    ['another signed header', { header: { range: 'bytes=0-8' } }, '403 SignatureDoesNotMatch'],
    ['a path that is not percent-encoded right', { path: '/%zz' }, '400 InvalidURI'],
    ['no authorization', { header: { authorization: undefined } }, '403 AccessDenied'],
    ['another mechanism', { header: { authorization: 'AWS a:b' } }, '400 InvalidRequest'],
    [
      'no signature',
      { header: { authorization: 'AWS4-HMAC-SHA256 Credential=a' } },
      '400 AuthorizationHeaderMalformed',
    ],
    ['no date', { header: { 'x-amz-date': undefined } }, '403 AccessDenied'],
    ['no hash of the payload', { header: { 'x-amz-content-sha256': undefined } }, '400 InvalidRequest'],
    ['the date of another day', { header: { 'x-amz-date': '20130523T235959Z' } }, '400 AuthorizationHeaderMalformed'],
  ]
  it.each(changed)('is refused with %s', (_, change, expected) => {
    const { header = {}, ...rest } = change as { header?: Record<string, string> }
    const result = verify({ ...getObject, ...rest, headers: { ...getObject.headers, ...header } })
    expect(result.kind === 'refused' && `${result.status} ${result.code}`).toBe(expected)
  })

  it('is refused when the clocks differ by more than a quarter of an hour', () => {
    expect(verify(getObject, new Date('2013-05-24T00:15:00Z')).kind).toBe('verified')
    expect(verify(getObject, new Date('2013-05-24T00:15:01Z'))).toMatchObject({ code: 'RequestTimeTooSkewed' })
    expect(verify(getObject, new Date('2013-05-23T23:44:59Z'))).toMatchObject({ code: 'RequestTimeTooSkewed' })
  })

  it('is refused when it is for another service', () => {
    expect(verifySignature(getObject, { service: 'logs', now, secret })).toMatchObject({
      code: 'AuthorizationHeaderMalformed',
    })
  })
})
