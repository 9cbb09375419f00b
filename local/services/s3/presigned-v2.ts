import { createHmac, timingSafeEqual } from 'node:crypto'
import type { LocalRequest } from '../../endpoint.js'
import { localSecret } from '../../signature.js'
import { S3Error } from './errors.js'

/**
 * Presigned URLs of Signature Version 2, which the AWS CLI 1 and boto3 still make for us-east-1 unless they are told
 * otherwise. Requests signed that way in their headers are not taken.
 */
export function isPresignedV2({ query }: LocalRequest): boolean {
  return parametersV2.every(name => query.has(name))
}

export const parametersV2 = ['AWSAccessKeyId', 'Expires', 'Signature']

/** @throws S3Error when the URL has expired or its signature is not right */
export function verifyPresignedV2(request: LocalRequest, bucketOfHost: string | undefined, now: Date): void {
  const expires = request.query.get('Expires') ?? ''
  if (!/^\d{1,12}$/.test(expires))
    throw new S3Error(403, 'AccessDenied', 'Invalid date (should be seconds since epoch)')
  if (now.getTime() > Number(expires) * 1000) throw new S3Error(403, 'AccessDenied', 'Request has expired')
  const text = stringToSign(request, expires, bucketOfHost)
  const expected = createHmac('sha1', localSecret).update(text).digest()
  const given = Buffer.from(request.query.get('Signature') ?? '', 'base64')
  if (given.length === expected.length && timingSafeEqual(given, expected)) return
  const message = `The request signature is not the one calculated here. The secret of every access key is \`${localSecret}\`.`
  throw new S3Error(403, 'SignatureDoesNotMatch', message, { StringToSign: text })
}

function stringToSign(request: LocalRequest, expires: string, bucketOfHost: string | undefined): string {
  const header = (name: string) => String(request.headers[name] ?? '')
  const amz = [...Object.keys(request.headers)].filter(name => name.startsWith('x-amz-')).sort()
  const resource = bucketOfHost === undefined ? request.path : `/${bucketOfHost}${request.path}`
  const signed = [...request.query].filter(([name]) => isSubresource(name)).sort(([a], [b]) => (a < b ? -1 : 1))
  const query = signed.map(([name, value]) => (value === '' ? name : `${name}=${value}`)).join('&')
  return [
    request.method,
    header('content-md5'),
    header('content-type'),
    expires,
    ...amz.map(name => `${name}:${header(name).trim()}`),
    query === '' ? resource : `${resource}?${query}`,
  ].join('\n')
}

/** The parameters of the operations here that Version 2 signs with the path. */
function isSubresource(name: string): boolean {
  return name.startsWith('response-') || ['delete', 'location', 'partNumber', 'uploadId', 'uploads'].includes(name)
}
