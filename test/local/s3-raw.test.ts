import { createHash, createHmac } from 'node:crypto'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type LocalS3, startLocalS3 } from './local-s3.js'
import { amzDate, presign, type RawRequest, sha256, sign } from './sign.js'

let s3: LocalS3
let bucket: string
beforeAll(async () => {
  s3 = await startLocalS3('memory')
  bucket = await s3.newBucket()
  await send({ method: 'PUT', path: '/a.txt', body: '0123456789' })
})
afterAll(async () => {
  await s3.close()
  expect(s3.errors).toEqual([])
})

async function send(request: Omit<RawRequest, 'url'> & { path: string }): Promise<Response> {
  const url = `${s3.url}/${bucket}${request.path}`
  const { headers } = sign({ ...request, url })
  return fetch(url, { method: request.method, headers, ...(request.body !== undefined && { body: request.body }) })
}

async function outcomeOf(response: Response): Promise<string> {
  const code = /<Code>(\w+)<\/Code>/.exec(await response.text())?.[1] ?? ''
  return `${response.status} ${code}`.trim()
}

/** A body as `aws-chunked` frames it, each chunk signed where there is something to sign with. */
function framed(options: {
  chunks: readonly string[]
  seed?: string
  signChunk?: (previous: string, chunk: string) => string
  trailer?: (previous: string) => string
}): string {
  let previous = options.seed ?? ''
  const lines = [...options.chunks, ''].map(chunk => {
    if (options.signChunk === undefined) return `${chunk.length.toString(16)}\r\n`
    previous = options.signChunk(previous, chunk)
    return `${chunk.length.toString(16)};chunk-signature=${previous}\r\n`
  })
  const data = [...options.chunks.map(chunk => `${chunk}\r\n`), '']
  return `${lines.map((line, index) => line + data[index]).join('')}${options.trailer?.(previous) ?? ''}\r\n`
}

describe('the local S3 over plain HTTP', () => {
  it('shapes errors as S3 does', async () => {
    const response = await send({ method: 'GET', path: '/nowhere%20%26.txt' })
    expect(response.status).toBe(404)
    const id = response.headers.get('x-amz-request-id')
    expect(id).toMatch(/^[0-9A-F]{16}$/)
    expect(response.headers.get('content-type')).toBe('application/xml')
    expect(await response.text()).toBe(
      `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message><Key>nowhere &amp;.txt</Key><Resource>/${bucket}/nowhere%20%26.txt</Resource><RequestId>${id}</RequestId><HostId>${Buffer.from(id!).toString('base64')}</HostId></Error>`,
    )
  })

  it('answers HEAD of nothing without a body', async () => {
    const response = await send({ method: 'HEAD', path: '/nowhere' })
    expect([response.status, await response.text()]).toEqual([404, ''])
  })

  it('refuses a body that is not the signed one', async () => {
    const request = { method: 'PUT', path: '/b.txt', body: 'hello' }
    expect(await outcomeOf(await send({ ...request, payload: sha256('other') }))).toBe('400 XAmzContentSHA256Mismatch')
    expect(await outcomeOf(await send({ ...request, payload: 'UNSIGNED-PAYLOAD' }))).toBe('200')
  })

  it('refuses wrong checksums and applies nothing', async () => {
    const put = async (headers: Record<string, string>) =>
      outcomeOf(await send({ method: 'PUT', path: '/c.txt', body: 'hello', headers }))
    const md5 = (text: string) => createHash('md5').update(text).digest('base64')
    expect(await put({ 'content-md5': md5('other') })).toBe('400 BadDigest')
    expect(await put({ 'content-md5': 'bm9uZQ==' })).toBe('400 InvalidDigest')
    expect(await put({ 'x-amz-checksum-crc32': 'AAAAAA==' })).toBe('400 BadDigest')
    expect((await send({ method: 'HEAD', path: '/c.txt' })).status).toBe(404)
    expect(await put({ 'content-md5': md5('hello') })).toBe('200')
  })

  it('refuses wrong signatures, strangers and late requests', async () => {
    const get = { method: 'GET', path: '/a.txt' }
    const wrong = await send({ ...get, secret: 'guessed' })
    expect(await wrong.clone().text()).toContain('The secret of every access key is `test`.')
    expect(await outcomeOf(wrong)).toBe('403 SignatureDoesNotMatch')
    expect(await outcomeOf(await fetch(`${s3.url}/${bucket}/a.txt`))).toBe('403 AccessDenied')
    const late = amzDate(new Date(Date.now() - 16 * 60_000))
    expect(await outcomeOf(await send({ ...get, date: late }))).toBe('403 RequestTimeTooSkewed')
  })

  it('overlooks ranges that are malformed and refuses those past the end', async () => {
    const get = async (range: string) => {
      const response = await send({ method: 'GET', path: '/a.txt', headers: { range } })
      return [response.status, response.headers.get('content-range'), (await response.text()).slice(0, 10)]
    }
    for (const range of ['bytes=', 'bytes=-', 'bytes=a-b', 'bytes=3-1', 'bytes=0-1,3-4', 'bytes 0-1', 'bytes=--1']) {
      expect(await get(range), range).toEqual([200, null, '0123456789'])
    }
    expect(await get('bytes=9-99')).toEqual([206, 'bytes 9-9/10', '9'])
    expect((await get('bytes=10-'))[0]).toBe(416)
    expect((await get('bytes=-0'))[0]).toBe(416)
    const refused = await send({ method: 'GET', path: '/a.txt', headers: { range: 'bytes=10-' } })
    expect(await refused.text()).toContain('<RangeRequested>bytes=10-</RangeRequested><ActualObjectSize>10<')
  })

  it('takes presigned URLs until they expire', async () => {
    const url = `${s3.url}/${bucket}/a.txt`
    const date = amzDate(new Date())
    const fetched = await fetch(presign('GET', url, { date, expires: 60 }))
    expect([fetched.status, await fetched.text()]).toEqual([200, '0123456789'])
    const old = amzDate(new Date(Date.now() - 61_000))
    expect(await outcomeOf(await fetch(presign('GET', url, { date: old, expires: 60 })))).toBe('403 AccessDenied')
    const forged = presign('GET', url, { date, expires: 60, secret: 'guessed' })
    expect(await outcomeOf(await fetch(forged))).toBe('403 SignatureDoesNotMatch')
    expect(await outcomeOf(await fetch(presign('GET', url, { date, expires: 604_801 })))).toBe(
      '400 AuthorizationQueryParametersError',
    )
    const put = presign('PUT', `${s3.url}/${bucket}/put.txt?x-amz-meta-one=1`, { date, expires: 60 })
    expect((await fetch(put, { method: 'PUT', body: 'hello' })).status).toBe(200)
    const head = await send({ method: 'HEAD', path: '/put.txt' })
    expect([head.headers.get('x-amz-meta-one'), head.headers.get('content-length')]).toEqual(['1', '5'])
  })

  it('takes presigned URLs of the older version, with the same checks', async () => {
    const url = (expires: number, secret = 'test') => {
      const text = `GET\n\n\n${expires}\n/${bucket}/a.txt?response-content-type=text/x`
      const Signature = createHmac('sha1', secret).update(text).digest('base64')
      const query = { AWSAccessKeyId: 'local', Expires: String(expires), Signature, 'response-content-type': 'text/x' }
      return `${s3.url}/${bucket}/a.txt?${new URLSearchParams(query)}`
    }
    const now = Math.floor(Date.now() / 1000)
    const got = await fetch(url(now + 60))
    expect([got.status, got.headers.get('content-type'), await got.text()]).toEqual([200, 'text/x', '0123456789'])
    expect(await outcomeOf(await fetch(url(now - 60)))).toBe('403 AccessDenied')
    expect(await outcomeOf(await fetch(url(now + 60, 'guessed')))).toBe('403 SignatureDoesNotMatch')
  })

  it('takes bodies in unsigned chunks with a trailer', async () => {
    const put = async (change: { body?: string; length?: string; trailer?: string } = {}) => {
      const trailer = change.trailer ?? 'x-amz-checksum-crc32:NhCmhg==\r\n'
      const body = change.body ?? framed({ chunks: ['hel', 'lo'], trailer: () => trailer })
      const headers = {
        'content-encoding': 'aws-chunked',
        'x-amz-decoded-content-length': change.length ?? '5',
        'x-amz-trailer': 'x-amz-checksum-crc32',
      }
      return outcomeOf(
        await send({ method: 'PUT', path: '/t.txt', payload: 'STREAMING-UNSIGNED-PAYLOAD-TRAILER', headers, body }),
      )
    }
    expect(await put({ trailer: 'x-amz-checksum-crc32:AAAAAA==\r\n' })).toBe('400 BadDigest')
    expect(await put({ trailer: '' })).toBe('400 MalformedTrailerError')
    expect(await put({ length: '6' })).toBe('400 IncompleteBody')
    expect(await put({ body: '5\r\nhel' })).toBe('400 IncompleteBody')
    expect(await put({ body: 'zz\r\nhello\r\n0\r\n\r\n' })).toBe('400 IncompleteBody')
    expect((await send({ method: 'HEAD', path: '/t.txt' })).status).toBe(404)
    expect(await put()).toBe('200')
    const got = await send({ method: 'GET', path: '/t.txt', headers: { 'x-amz-checksum-mode': 'ENABLED' } })
    expect(got.headers.get('x-amz-checksum-crc32')).toBe('NhCmhg==')
    expect(got.headers.get('content-encoding')).toBeNull()
    expect(await got.text()).toBe('hello')
  })

  it.each([false, true])('takes bodies in signed chunks, with a trailer: %s', async withTrailer => {
    const payload = `STREAMING-AWS4-HMAC-SHA256-PAYLOAD${withTrailer ? '-TRAILER' : ''}`
    const path = `/signed-${withTrailer}.txt`
    const url = `${s3.url}/${bucket}${path}`
    const put = async (chunks: readonly string[], signedChunks = chunks, trailer = 'x-amz-checksum-crc32:NhCmhg==') => {
      const headers: Record<string, string> = {
        'content-encoding': 'aws-chunked,gzip',
        'x-amz-decoded-content-length': '5',
      }
      if (withTrailer) headers['x-amz-trailer'] = 'x-amz-checksum-crc32'
      const signed = sign({ method: 'PUT', url, headers, payload })
      let index = 0
      const body = framed({
        chunks,
        seed: signed.signature,
        signChunk: previous => signed.sign('PAYLOAD', previous, sha256(''), sha256(signedChunks[index++] ?? '')),
        trailer: previous =>
          withTrailer
            ? `${trailer}\r\nx-amz-trailer-signature:${signed.sign('TRAILER', previous, sha256('x-amz-checksum-crc32:NhCmhg==\n'))}\r\n`
            : '',
      })
      return outcomeOf(await fetch(url, { method: 'PUT', headers: signed.headers, body }))
    }
    expect(await put(['hel', 'lo'], ['hel', 'lO'])).toBe('403 SignatureDoesNotMatch')
    if (withTrailer) {
      expect(await put(['hel', 'lo'], undefined, 'x-amz-checksum-crc32:AAAAAA==')).toBe('403 SignatureDoesNotMatch')
    }
    expect((await send({ method: 'HEAD', path })).status).toBe(404)
    expect(await put(['hel', 'lo'])).toBe('200')
    const head = await send({ method: 'HEAD', path })
    expect([head.headers.get('content-length'), head.headers.get('content-encoding')]).toEqual(['5', 'gzip'])
  })

  it('refuses documents that are not well-formed', async () => {
    const remove = async (body: string) => {
      const md5 = createHash('md5').update(body).digest('base64')
      return outcomeOf(await send({ method: 'POST', path: '?delete', body, headers: { 'content-md5': md5 } }))
    }
    for (const body of [
      '',
      '<Delete>',
      '<Delete></Other>',
      '</Delete>',
      '<Delete/><Delete/>',
      '<Delete/>',
      'x',
      '<',
      '<!--',
    ]) {
      expect(await remove(body), body).toBe('400 MalformedXML')
    }
    const odd =
      '<?xml version="1.0"?><!-- a --><s:Delete xmlns:s="x"><Object><Key>a&#x26;<![CDATA[<b>]]></Key></Object></s:Delete>'
    expect(await remove(odd)).toBe('200')
    const withoutSum = await send({ method: 'POST', path: '?delete', body: odd })
    expect(await outcomeOf(withoutSum)).toBe('400 InvalidRequest')
  })

  it('answers 501 for what it does not know', async () => {
    expect(await outcomeOf(await send({ method: 'GET', path: '?acl=' }))).toBe('501 NotImplemented')
    expect(await outcomeOf(await send({ method: 'POST', path: '/a.txt' }))).toBe('501 NotImplemented')
    expect(await outcomeOf(await send({ method: 'DELETE', path: '/a.txt', headers: { 'if-match': '"x"' } }))).toBe(
      '501 NotImplemented',
    )
    expect((await send({ method: 'HEAD', path: '/a.txt' })).status).toBe(200)
  })

  it('finds the bucket in the name of the host too', async () => {
    const port = new URL(s3.url).port
    for (const host of [`${bucket}.localhost:${port}`, `${bucket}.s3.us-east-1.localhost:${port}`]) {
      const { headers } = sign({ method: 'GET', url: `http://${host}/a.txt` })
      const lines = Object.entries({ host, ...headers, connection: 'close' }).map(
        ([name, value]) => `${name}: ${value}`,
      )
      const answer = await exchange(Number(port), `GET /a.txt HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`)
      expect(answer).toMatch(/^HTTP\/1.1 200 .*0123456789$/s)
    }
  })

  it('applies nothing of an upload that breaks off', async () => {
    const port = Number(new URL(s3.url).port)
    const { headers } = sign({ method: 'PUT', url: `${s3.url}/${bucket}/broken.txt`, body: 'x'.repeat(1000) })
    const lines = Object.entries({ host: `127.0.0.1:${port}`, ...headers, 'content-length': '1000' })
    const head = lines.map(([name, value]) => `${name}: ${value}`).join('\r\n')
    const socket = connect(port, '127.0.0.1')
    socket.write(`PUT /${bucket}/broken.txt HTTP/1.1\r\n${head}\r\n\r\n${'x'.repeat(500)}`, () => socket.destroy())
    await new Promise(resolve => socket.once('close', resolve))
    expect((await send({ method: 'HEAD', path: '/broken.txt' })).status).toBe(404)
  })
})

function exchange(port: number, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(request))
    socket.on('data', chunk => {
      answer += chunk
    })
    socket.once('error', reject)
    socket.once('close', () => resolve(answer))
  })
}
