import { gunzipSync } from 'node:zlib'

/**
 * The floor under every ingest path in JavaScript, and the baseline of `npm run bench -- ingest`: base64, gunzip,
 * one JSON.parse, nothing kept.
 */
export function ingestFloor(event: { readonly awslogs: { readonly data: string } }): number {
  const bytes = gunzipSync(Buffer.from(event.awslogs.data, 'base64'))
  const payload = JSON.parse(bytes.toString('utf8')) as { readonly logEvents: readonly unknown[] }
  return payload.logEvents.length
}
