import { createHash, createHmac } from 'node:crypto'

/** A second implementation of Signature Version 4, the client's side, for requests that no SDK would send. */
export interface RawRequest {
  readonly method: string
  /** With path and query as they are to be sent. */
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  /** What x-amz-content-sha256 is to say; the body's hash unless given. */
  readonly payload?: string
  readonly secret?: string
  readonly date?: string
  readonly service?: string
}

export interface Signed {
  readonly headers: Record<string, string>
  readonly signature: string
  sign(kind: string, ...parts: readonly string[]): string
}

export const sha256 = (content: string | Uint8Array) => createHash('sha256').update(content).digest('hex')

export function amzDate(time: Date): string {
  return `${time.toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`
}

export function sign(request: RawRequest): Signed {
  const { method, url, body = '', secret = 'test', service = 's3' } = request
  const { date = amzDate(new Date()), payload = sha256(body) } = request
  const target = new URL(url)
  const headers: Record<string, string> = {
    host: target.host,
    'x-amz-date': date,
    'x-amz-content-sha256': payload,
    ...request.headers,
  }
  const names = Object.keys(headers).sort()
  const scope = `${date.slice(0, 8)}/us-east-1/${service}/aws4_request`
  const canonical = [
    method,
    target.pathname,
    canonicalQuery(target.searchParams),
    ...names.map(name => `${name}:${headers[name]!.trim()}`),
    '',
    names.join(';'),
    payload,
  ].join('\n')
  const key = [...scope.split('/')].reduce<string | Buffer>(
    (current, part) => createHmac('sha256', current).update(part).digest(),
    `AWS4${secret}`,
  )
  const hmac = (text: string) => createHmac('sha256', key).update(text).digest('hex')
  const signature = hmac(['AWS4-HMAC-SHA256', date, scope, sha256(canonical)].join('\n'))
  const { host: _, ...sent } = headers
  return {
    signature,
    sign: (kind, ...parts) => hmac([`AWS4-HMAC-SHA256-${kind}`, date, scope, ...parts].join('\n')),
    headers: {
      ...sent,
      authorization: `AWS4-HMAC-SHA256 Credential=local/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`,
    },
  }
}

/** A presigned URL of a GET or PUT. */
export function presign(
  method: string,
  url: string,
  options: { date: string; expires: number; secret?: string },
): string {
  const target = new URL(url)
  const scope = `${options.date.slice(0, 8)}/us-east-1/s3/aws4_request`
  target.searchParams.set('X-Amz-Algorithm', 'AWS4-HMAC-SHA256')
  target.searchParams.set('X-Amz-Credential', `local/${scope}`)
  target.searchParams.set('X-Amz-Date', options.date)
  target.searchParams.set('X-Amz-Expires', String(options.expires))
  target.searchParams.set('X-Amz-SignedHeaders', 'host')
  const canonical = [
    method,
    target.pathname,
    canonicalQuery(target.searchParams),
    `host:${target.host}`,
    '',
    'host',
    'UNSIGNED-PAYLOAD',
  ].join('\n')
  const key = scope
    .split('/')
    .reduce<string | Buffer>(
      (current, part) => createHmac('sha256', current).update(part).digest(),
      `AWS4${options.secret ?? 'test'}`,
    )
  const text = ['AWS4-HMAC-SHA256', options.date, scope, sha256(canonical)].join('\n')
  target.searchParams.set('X-Amz-Signature', createHmac('sha256', key).update(text).digest('hex'))
  return target.href
}

function canonicalQuery(query: URLSearchParams): string {
  return [...query]
    .map(pair => pair.map(encodeURIComponent).join('='))
    .sort()
    .join('&')
}
