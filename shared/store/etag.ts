import { createHash } from 'node:crypto'

/** The ETag of an object that was put in one piece: its MD5 in hex, quoted. */
export function md5Etag(body: Uint8Array): string {
  return `"${createHash('md5').update(body).digest('hex')}"`
}
